//! The C header: as generated, in every dialect, beside libsystemd's own, and the same prototypes.

use sdnotify_tests::header;
use sdnotify_tests::tree::{Scratch, installed, run, top};
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
