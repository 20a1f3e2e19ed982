//! What docs/languages.md says: the versions in its table are those that ran, and its snippets run.

use super::{JNA, Language, example, has_koffi};
use sdnotify_tests::left_out::noted;
use sdnotify_tests::tree::{run, top};
use std::path::Path;
use std::process::Command;

fn page() -> String {
    std::fs::read_to_string(top().join("docs/languages.md")).expect("a page")
}

/// The last cell of a language's row: "tested with".
fn tested_with(page: &str, language: &str) -> String {
    let row = page.lines().find(|line| line.starts_with(&format!("| {language} | ")) && line.contains("](../"));
    let cells: Vec<&str> = row.unwrap_or_else(|| panic!("no row: {language}")).split('|').map(str::trim).collect();
    cells[4].to_owned()
}

/// What a command says of itself, on either stream.
fn said(words: &[&str]) -> String {
    let output = Command::new(words[0]).args(&words[1..]).output().unwrap_or_else(|e| panic!("{words:?}: {e}"));
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{words:?}: {text}");
    text
}

/// The version that follows a word: digits, dots, and what LuaJIT adds.
fn version_after<'a>(text: &'a str, word: &str) -> &'a str {
    let rest = text.split_once(word).unwrap_or_else(|| panic!("no {word:?} in {text}")).1;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-').unwrap_or(rest.len());
    &rest[..end]
}

/// Whether a version begins with the one that the page has.
fn begins_with(version: &str, stated: &str) -> bool {
    version.strip_prefix(stated).is_some_and(|rest| rest.is_empty() || !rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn is_debian_12() -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    release.contains("\nID=debian\n") && release.contains("VERSION_ID=\"12\"")
}

#[test]
fn the_versions_in_the_table_are_those_that_run_here() {
    if !is_debian_12() {
        noted("versions in docs/languages.md", "they are those of Debian 12, and this is another system");
        return;
    }
    let jna = std::fs::canonicalize(JNA).expect("JNA").display().to_string();
    let perl = "printf 'Perl %vd, FFI::Platypus %s', $^V, FFI::Platypus->VERSION";
    let cffi = "import cffi, sys; print('Python', sys.version.split()[0] + ', cffi', cffi.__version__)";
    let (java, luajit, php) = (said(&["java", "-version"]), said(&["luajit", "-v"]), said(&["php", "--version"]));
    let perl = said(&["/usr/bin/perl", "-MFFI::Platypus", "-e", perl]);
    let python = said(&["/usr/bin/python3", "-c", cffi]);
    // A language, the word before the version in the table, and the version that is here.
    let here = [
        ("C++", "g++ ", said(&["g++", "-dumpfullversion"]).trim().to_owned()),
        ("Go", "Go ", version_after(&said(&["go", "version"]), "version go").to_owned()),
        ("Java", "OpenJDK ", version_after(&java, "version \"").to_owned()),
        ("Java", "JNA ", version_after(&jna, "jna-").trim_end_matches(".jar").to_owned()),
        ("LuaJIT", "LuaJIT ", version_after(&luajit, "LuaJIT ").to_owned()),
        ("Perl", "Perl ", version_after(&perl, "Perl ").to_owned()),
        ("Perl", "FFI::Platypus ", version_after(&perl, "FFI::Platypus ").to_owned()),
        ("PHP", "PHP ", version_after(&php, "PHP ").to_owned()),
        ("Python", "Python ", version_after(&python, "Python ").to_owned()),
        ("Python", "cffi ", version_after(&python, "cffi ").to_owned()),
        ("Ruby", "Ruby ", version_after(&said(&["ruby", "--version"]), "ruby ").replace('p', " p")),
    ];
    let page = page();
    let mut seen = Vec::new();
    for (language, word, version) in here {
        let cell = tested_with(&page, language);
        let stated = version_after(&cell, word);
        let version = version.split(' ').next().expect("a version");
        assert!(stated.contains('.') && begins_with(version, stated), "{language}: {word}{version} ran, not {cell}");
        seen.push(language);
    }
    seen.dedup();
    // Node.js and Rust often come from elsewhere, and are looked at below.
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains("](../") && line.contains("reeter"));
    assert_eq!(seen.len() + 2, rows.count());
}

#[test]
fn the_versions_of_node_and_rust_are_in_the_table() {
    let page = page();
    let manifest = std::fs::read_to_string(top().join("Cargo.toml")).expect("a manifest");
    let oldest = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")).expect("a version");
    assert_eq!(tested_with(&page, "Rust"), format!("Rust {} and later", oldest.trim_end_matches('"')));
    let cell = tested_with(&page, "Node.js");
    let node = said(&["node", "--version"]);
    let major = node.trim_start_matches('v').split('.').next().expect("a version");
    let stated: Vec<&str> = cell.split([' ', ',']).collect();
    assert!(stated.contains(&major), "Node.js {major} ran, not {cell}");
    let language = Language::new("koffi-version");
    if has_koffi(&language) {
        let package = std::fs::read_to_string(language.scratch.path("node_modules/koffi/package.json")).expect("koffi");
        let package: serde_json::Value = serde_json::from_str(&package).expect("JSON");
        let version = package["version"].as_str().expect("a version");
        assert!(begins_with(version, version_after(&cell, "koffi ")), "koffi {version} ran, not {cell}");
    }
    assert!(Path::new(&example("greeter.mjs")).exists());
}

/// Binds journald's socket, runs a program, and prints what was sent.
const JOURNALD: &str = "import os, socket, subprocess, sys
os.makedirs('/run/systemd/journal')
journald = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journald.bind('/run/systemd/journal/socket')
subprocess.run(sys.argv[1:], check=True)
journald.settimeout(60)
print(journald.recv(65536))
";

#[test]
fn the_example_for_the_journal_runs() {
    let page = page();
    let (_, rest) = page.split_once("```lua ").expect("a snippet");
    let (snippet, _) = rest.split_once('\n').expect("a line").1.split_once("```").expect("its end");
    let language = Language::new("journal");
    let file = language.scratch.path("journal.lua");
    std::fs::write(&file, snippet).expect("a script");
    let own_run = "mount -t tmpfs tmpfs /run && exec \"$@\"";
    let mut command = language.command("unshare");
    // SAFETY: geteuid() has no preconditions.
    if unsafe { libc::geteuid() } != 0 {
        command.arg("--map-root-user");
    }
    command.args(["--mount", "sh", "-c", own_run, "sh", "/usr/bin/python3", "-c", JOURNALD, "luajit"]).arg(&file);
    let said = run(&mut command);
    for field in
        ["MESSAGE=Alice is at the door\\n", "PRIORITY=5\\n", "\\nGUEST=Alice\\n", "\\nSYSLOG_IDENTIFIER=luajit\\n"]
    {
        assert!(said.contains(field), "{field}: {said}");
    }
    // The value of two lines comes with its length.
    assert!(said.contains("\\nNOTE\\n\\t\\x00\\x00\\x00\\x00\\x00\\x00\\x00two\\nlines\\n"), "{said}");
}
