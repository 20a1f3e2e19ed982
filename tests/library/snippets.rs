//! The fenced snippets of the documents, taken from the files themselves. C is compiled, sh runs, the others are parsed.
//! A fence that cannot run says why in its info string: ```` ```sh norun REASON ````. What a program prints is `text`.

use sdnotify_tests::tree::{Scratch, installed, pkg_config, run, top};
use std::fmt;
use std::path::PathBuf;
use std::process::Command;

const DOCUMENTS: [&str; 7] = [
    "README.md",
    "INSTALL.md",
    "CONTRIBUTING.md",
    "docs/languages.md",
    "bindings/perl/README.md",
    "examples/README.md",
    "examples/drain/README.md",
];

struct Snippet {
    document: &'static str,
    line: usize,
    language: String,
    /// Why it does not run.
    reason: Option<String>,
    text: String,
}

impl fmt::Display for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.document, self.line)
    }
}

fn read(document: &str) -> String {
    std::fs::read_to_string(top().join(document)).expect(document)
}

/// The fences of one document.
fn fences(document: &'static str, text: &str) -> Vec<Snippet> {
    let mut found: Vec<Snippet> = Vec::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(info) => {
                inside = true;
                let (language, rest) = info.split_once(' ').unwrap_or((info, ""));
                let place = format!("{document}:{}", number + 1);
                assert!(!language.is_empty(), "{place}: a fence without a language");
                let reason = rest.strip_prefix("norun").map(|reason| reason.trim().to_owned());
                assert!(
                    rest.is_empty() || reason.as_ref().is_some_and(|reason| !reason.is_empty()),
                    "{place}: {rest:?}"
                );
                let language = language.to_owned();
                found.push(Snippet { document, line: number + 1, language, reason, text: String::new() });
            }
            None if inside => {
                let snippet = found.last_mut().expect("inside one");
                snippet.text += line;
                snippet.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!inside, "{document}: a fence without an end");
    found
}

/// All snippets in one of these languages.
fn snippets(languages: &[&str]) -> Vec<Snippet> {
    let all = DOCUMENTS.iter().flat_map(|document| fences(document, &read(document)));
    let found: Vec<_> = all.filter(|snippet| languages.contains(&snippet.language.as_str())).collect();
    assert!(!found.is_empty(), "no snippet in {languages:?}");
    found
}

fn file(scratch: &Scratch, name: &str, text: &str) -> PathBuf {
    let path = scratch.path(name);
    std::fs::write(&path, text).expect("scratch");
    path
}

/// A command that finds the installed tree, as the documents' reader has it in /usr/local.
fn command(program: &str) -> Command {
    let tree = installed();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command
        .current_dir(top())
        .env("PATH", format!("{}:{path}", tree.join("bin").display()))
        .env("PKG_CONFIG_PATH", tree.join("lib/pkgconfig"))
        .env("LD_LIBRARY_PATH", tree.join("lib"))
        .env_remove("NOTIFY_SOCKET");
    command
}

#[test]
fn every_document_with_fences_is_read() {
    let listed = run(Command::new("git").current_dir(top()).args(["ls-files", "examples/*.md", "bindings/perl/*.md"]));
    for document in listed.lines() {
        assert!(DOCUMENTS.contains(&document), "{document} is missing from DOCUMENTS");
    }
    let known = ["c", "perl", "python", "sh", "ini", "cmake", "meson", "lua", "text"];
    for snippet in DOCUMENTS.iter().flat_map(|document| fences(document, &read(document))) {
        assert!(known.contains(&snippet.language.as_str()), "{snippet}: {}", snippet.language);
        // These are not parsed here: tests/packaging/projects.rs builds projects of the first two.
        if ["cmake", "meson", "lua"].contains(&snippet.language.as_str()) {
            assert!(snippet.reason.is_some(), "{snippet}: what runs it?");
        }
    }
}

#[test]
fn c_compiles_and_links() {
    let scratch = Scratch::new("snippets-c");
    for snippet in snippets(&["c"]) {
        let source = file(&scratch, "snippet.c", &snippet.text);
        println!("{snippet}");
        let flags = pkg_config("libsdnotify", &["--cflags", "--libs"]);
        let mut cc = Command::new("cc");
        cc.args(["-Wall", "-Wextra", "-Werror"]).arg(source).args(flags);
        run(cc.arg("-o").arg(scratch.path("snippet")));
    }
}

/// Each line is a command of its own kind: it runs from the checkout, in a shell that stops at the first failure. What
/// does not run is parsed.
#[test]
fn sh_runs() {
    let scratch = Scratch::new("snippets-sh");
    for snippet in snippets(&["sh"]) {
        println!("{snippet}");
        let script = file(&scratch, "snippet.sh", &snippet.text);
        run(command("sh").arg("-n").arg(&script));
        if snippet.reason.is_none() {
            run(command("sh").arg("-eu").arg(&script));
        }
    }
}

/// Compiled, which finds the module and what it exports; not run, as a loop does not end.
#[test]
fn perl_compiles() {
    let scratch = Scratch::new("snippets-perl");
    let module = scratch.path("perl");
    run(Command::new("cp").arg("-r").arg(top().join("bindings/perl")).arg(&module));
    // The caller's make has settings that are not meant for this one.
    let build = "perl Makefile.PL && make";
    run(command("sh").env_remove("MAKEFLAGS").current_dir(&module).args(["-c", build]));
    for snippet in snippets(&["perl"]) {
        println!("{snippet}");
        let script = file(&scratch, "snippet.pl", &snippet.text);
        run(command("perl").arg("-Mblib=".to_owned() + &module.display().to_string()).args(["-c"]).arg(script));
    }
}

#[test]
fn python_parses() {
    let scratch = Scratch::new("snippets-python");
    for snippet in snippets(&["python"]) {
        println!("{snippet}");
        let script = file(&scratch, "snippet.py", &snippet.text);
        run(command("python3").args(["-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())"]).arg(script));
    }
}

/// Unit files: sections, assignments and comments. Those that are whole files are in examples/, and run elsewhere.
#[test]
fn units_parse() {
    for snippet in snippets(&["ini"]) {
        for line in snippet.text.lines() {
            let section = line.starts_with('[') && line.ends_with(']');
            let name = line.split('=').next().unwrap_or_default();
            let setting = line.contains('=') && !name.is_empty() && name.chars().all(char::is_alphanumeric);
            assert!(section || setting || line.starts_with('#') || line.is_empty(), "{snippet}: {line}");
        }
    }
}

/// README says "less than N KiB" of each library; that is to be true, and not by far.
#[test]
#[cfg(target_arch = "x86_64")]
fn sizes_are_those_of_the_installed_files() {
    let size = |path: &str| std::fs::metadata(installed().join("lib").join(path)).expect(path).len();
    let of = |name: &str| match name {
        "libsystemd.so.0" => size("libsdnotify/libsystemd.so.0"),
        _ => size(name),
    };
    let readme = read("README.md");
    let mut seen = 0;
    for line in readme.lines().filter(|line| line.starts_with("| `lib")) {
        let name = line.split('`').nth(1).expect("a name");
        let figure = line.split_once("less than ").and_then(|(_, rest)| rest.split_once(" KiB")).expect("a size").0;
        let limit = figure.parse::<u64>().expect("a number") * 1024;
        let size = of(name);
        assert!(size < limit && size + 4096 > limit, "{name}: README has {figure} KiB, it is {size} bytes");
        seen += 1;
    }
    assert!(seen == 3, "README has the sizes of {seen} libraries");
}

/// The figures that README takes from COMPAT.md and docs/compatibility.md are still the figures there.
#[test]
fn readme_agrees_with_compat() {
    let readme = read("README.md");
    let section = |document: &str, start: &str| {
        let text = read(document);
        let rest = text.split_once(start).unwrap_or_else(|| panic!("{document}: no {start:?}")).1.to_owned();
        rest.split_once("\n## ").map_or(rest.clone(), |(section, _)| section.to_owned())
    };
    let rows = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("| ")).skip(1).map(str::to_owned).collect()
    };
    let reach = section("README.md", "**How far it reaches.**");
    let compat = section("COMPAT.md", "## How far it reaches");
    assert_eq!(rows(&reach), rows(&compat));
    assert_eq!(rows(&reach).len(), 3);
    // Shorter numbers are versions, and single figures of the table.
    let numbers = reach.split(|c: char| !c.is_ascii_digit() && c != ',').map(|word| word.trim_matches(','));
    for number in numbers.filter(|number| number.len() > 2) {
        assert!(compat.contains(number), "COMPAT.md does not say {number}");
    }

    let cases =
        read("docs/compatibility.md").lines().filter(|line| line.ends_with(" = |") || line.ends_with(" ≠ |")).count();
    let said = format!("some {} cases", cases / 10 * 10);
    assert!(readme.contains(&said), "README does not say {said:?}, there are {cases}");
}

/// Each promise in SECURITY.md names a test that there is: `NAME` in `FILE`, several names before one file, or a file.
#[test]
fn every_promise_has_its_test() {
    let text = read("SECURITY.md");
    let mut tests = 0;
    for row in text.lines().filter(|line| line.starts_with("| ") && !line.contains("---")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [.., promise, named] = cells.as_slice() else { panic!("{row}") };
        assert_eq!(promise.is_empty(), named.is_empty(), "{row}");
        let mut names = Vec::new();
        for word in named.split('`').skip(1).step_by(2) {
            if !word.contains('/') {
                names.push(word);
                continue;
            }
            let source = std::fs::read_to_string(top().join(word)).unwrap_or_else(|error| panic!("{word}: {error}"));
            for name in names.drain(..).filter(|name| !name.starts_with("make ")) {
                let is_there = ["fn", "def"].iter().any(|word| source.contains(&format!("{word} {name}(")));
                assert!(is_there, "{word}: there is no {name}");
                tests += 1;
            }
        }
        assert!(names.iter().all(|name| name.starts_with("make ")), "{row}: which file has {names:?}?");
    }
    assert!(tests > 30, "{tests} tests");
    for path in text.split('`').skip(1).step_by(2).filter(|word| word.contains('/')) {
        assert!(top().join(path).exists(), "{path}");
    }
}
