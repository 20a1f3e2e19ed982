//! The C header: as generated, in every dialect, beside libsystemd's own, and the same prototypes.

use sdnotify_tests::tree::{Scratch, installed, run, top};
use sdnotify_tests::{exports, header};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

const C: [&str; 6] = ["c89", "c99", "c11", "c17", "c2x", "gnu89"];
const CXX: [&str; 6] = ["c++98", "c++11", "c++14", "c++17", "c++20", "c++23"];

fn compiles(compiler: &str, standard: &str, text: &str) {
    let scratch = Scratch::new("header");
    let source = scratch.path(if compiler == "cc" { "t.c" } else { "t.cc" });
    std::fs::write(&source, text).expect("a source");
    run(Command::new(compiler)
        .arg(format!("-std={standard}"))
        .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"])
        .args((compiler == "cc").then_some("-Wstrict-prototypes"))
        .arg(format!("-I{}", installed().join("include/libsdnotify").display()))
        .arg(source));
}

#[test]
fn alone_in_every_dialect() {
    for (header, call) in [("systemd/sd-daemon.h", "sd_booted()"), ("sdnotify.h", "sdn_send(-1, \"\")")] {
        let text = format!("#include <{header}>\nint answer(void);\nint answer(void) {{ return {call}; }}\n");
        for standard in C {
            compiles("cc", standard, &text);
        }
        for standard in CXX {
            compiles("c++", standard, &text);
        }
    }
}

/// Its macros take a variable number of arguments, which the older dialects do not have.
#[test]
fn the_journals_in_the_dialects_that_have_its_macros() {
    for suppress in ["", "#define SD_JOURNAL_SUPPRESS_LOCATION\n"] {
        let text = format!(
            "{suppress}#include <systemd/sd-journal.h>\nint answer(void);\nint answer(void) {{\n\
             return sd_journal_print(LOG_INFO, \"%d\", 1) + sd_journal_send(\"A=%s\", \"b\", NULL) + \
             (sd_journal_perror)(\"text\") + sd_journal_perror(\"text\");\n}}\n"
        );
        for standard in C.into_iter().filter(|standard| !standard.contains("89")) {
            compiles("cc", standard, &text);
        }
        for standard in CXX.into_iter().filter(|standard| *standard != "c++98") {
            compiles("c++", standard, &text);
        }
    }
}

/// Both headers declare the same functions: a prototype or a constant that differs does not compile.
#[test]
fn beside_libsystemds_own() {
    let ours = top().join("include/systemd/sd-daemon.h");
    let theirs = "/usr/include/systemd/sd-daemon.h";
    for (first, second) in [(ours.to_str().expect("a path"), theirs), (theirs, ours.to_str().expect("a path"))] {
        let text = format!("#include \"{first}\"\n#include \"{second}\"\nint answer(void);\n");
        for standard in ["gnu99", "c11", "c17"] {
            compiles("cc", standard, &text);
        }
        compiles("c++", "c++17", &text);
    }
}

#[test]
fn the_compiler_checks_formats() {
    let scratch = Scratch::new("format");
    let source = scratch.path("t.c");
    for call in [
        "sd_notifyf(0, \"%d\", \"text\")",
        "sd_pid_notifyf(0, 0, \"%d\", \"text\")",
        "sd_pid_notifyf_with_fds(0, 0, 0, 0, \"%d\", \"text\")",
        "sd_journal_print(3, \"%d\", \"text\")",
        "(sd_journal_print)(3, \"%d\", \"text\")",
    ] {
        let text = format!(
            "#include <systemd/sd-daemon.h>\n#include <systemd/sd-journal.h>\nint main(void) {{ return {call}; }}\n"
        );
        std::fs::write(&source, text).expect("a source");
        let output = Command::new("cc")
            .args(["-Wformat", "-Werror", "-fsyntax-only"])
            .arg(format!("-I{}", installed().join("include/libsdnotify").display()))
            .arg(&source)
            .output()
            .expect("cc");
        assert!(String::from_utf8_lossy(&output.stderr).contains("-Werror=format"), "{call}");
    }
}

/// `make header` makes what is checked in.
#[test]
fn as_generated() {
    for (path, generated) in header::generated() {
        let checked_in = std::fs::read_to_string(top().join("include").join(path)).expect("a header");
        assert!(generated == checked_in, "{path}: run `make header`");
    }
}

/// A declaration of a header, and the comment before it.
struct Declared {
    name: String,
    parameters: Vec<String>,
    comment: String,
}

/// The functions of a header, each with the comment that ends on the line before it.
fn declared(header: &str) -> Vec<Declared> {
    let text = std::fs::read_to_string(top().join("include").join(header)).expect("a header");
    let mut functions = Vec::new();
    for block in text.split("/**\n").skip(1) {
        let (comment, rest) = block.split_once("*/\n").expect("the comment's end");
        let Some((declaration, _)) = rest.split_once(';') else { continue };
        let Some((head, rest)) = declaration.split_once('(').filter(|(head, _)| head.starts_with("int sd")) else {
            continue;
        };
        let list = rest.split(')').next().expect("parameters");
        let parameters = list.split(',').map(|parameter| {
            let last = parameter.split(|c: char| c.is_whitespace() || c == '*').next_back();
            last.expect("a name").to_owned()
        });
        functions.push(Declared {
            name: head.trim_start_matches("int ").to_owned(),
            parameters: parameters.filter(|name| !matches!(name.as_str(), "void" | "...")).collect(),
            comment: comment.lines().map(|line| line.trim_start_matches(" *").trim()).collect::<Vec<_>>().join("\n"),
        });
    }
    functions
}

/// The name that follows each of a tag.
fn tagged<'a>(comment: &'a str, tag: &str) -> Vec<&'a str> {
    comment.lines().filter_map(|line| line.strip_prefix(tag)?.split_whitespace().next()).collect()
}

/// Each function says what it does, what each parameter is, what it returns, who may call it when, and what it expects of
/// each pointer.
#[test]
fn each_function_is_documented_in_full() {
    let mut documented = BTreeSet::new();
    for header in ["systemd/sd-daemon.h", "systemd/sd-journal.h", "sdnotify.h"] {
        for Declared { name, parameters, comment } in declared(header) {
            let verb = comment.split_whitespace().next().unwrap_or_default();
            let verbs = ["Returns", "Sends", "Waits", "Checks", "Opens", "Writes"];
            assert!(verbs.contains(&verb), "{name} begins with {verb:?}");
            assert_eq!(tagged(&comment, "@param "), parameters, "{name}");
            assert_eq!(tagged(&comment, "@return ").len(), 1, "{name}: @return");
            assert!(comment.contains("@note Thread-safe"), "{name}: @note says whether it is thread-safe");
            assert!(comment.contains("async-signal-safe"), "{name}: @note says whether it is async-signal-safe");
            assert_eq!(tagged(&comment, "@see ").len(), 1, "{name}: @see");
            let pointers = ["state", "format", "names", "fds", "iov", "usec", "path", "addr"];
            for pointer in parameters.iter().filter(|name| pointers.contains(&name.as_str())) {
                assert!(
                    comment.lines().any(|line| line.starts_with("@pre") && line.contains(pointer.as_str())),
                    "{name}: @pre {pointer}"
                );
            }
            documented.insert(name);
        }
    }
    let exported =
        ["libsystemd.map", "libsdnotify.map"].map(exports::functions).into_iter().flat_map(BTreeMap::into_keys);
    assert_eq!(documented, exported.collect());
}
