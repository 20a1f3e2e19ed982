//! The examples in examples/languages/, each built and run as its first lines say, under `sdnotify run`.

use sdnotify_tests::command::{Running, field, sdnotify};
use sdnotify_tests::left_out::left_out;
use sdnotify_tests::tree::{Scratch, installed, run, top};
use std::io::Read;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

#[path = "languages/environment.rs"]
mod environment;
#[path = "languages/page.rs"]
mod page;

/// How to build and start the programs of a language.
struct Language {
    scratch: Scratch,
}

impl Language {
    fn new(name: &str) -> Language {
        Language { scratch: Scratch::new(name) }
    }

    /// A command that finds the library and its headers, in a locale that is not UTF-8.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.scratch.dir());
        self.settings(&mut command);
        command
    }

    fn settings(&self, command: &mut Command) {
        let lib = installed().join("lib");
        command.env("LD_LIBRARY_PATH", &lib).env("PKG_CONFIG_PATH", lib.join("pkgconfig")).env("LC_ALL", "C");
        command.env("GOCACHE", self.scratch.path("go")).env("npm_config_cache", self.scratch.path("npm"));
    }

    fn build(&self, words: &[&str]) {
        run(self.command(words[0]).args(&words[1..]));
    }
}

/// A new user of a language finds its example by the page.
#[test]
fn the_page_has_every_example() {
    let page = std::fs::read_to_string(top().join("docs/languages.md")).expect("a page");
    let examples = std::fs::read_dir(top().join("examples/languages")).expect("a directory");
    let mut links: Vec<String> =
        examples.map(|file| format!("../examples/languages/{}", file.expect("a file").file_name().display())).collect();
    links.push("../engine/examples/greeter.rs".to_owned());
    assert_eq!(links.len(), 10);
    for link in links {
        assert!(page.contains(&format!("]({link})")), "{link}");
        let example = std::fs::read_to_string(top().join("docs").join(&link)).expect(&link);
        // Its first lines say how to build and start it, and so does the page.
        let commands: Vec<&str> = example
            .lines()
            .take(10)
            .take_while(|line| *line != "package main")
            .map(|line| line.trim_start_matches(['/', '!', '#', '-']))
            .filter(|line| line.starts_with("    ") || line.starts_with('\t'))
            .map(str::trim)
            .collect();
        assert!(commands.iter().any(|command| command.contains("sdnotify run ")), "{link}: {commands:?}");
        for command in commands {
            assert!(page.lines().any(|line| line == command), "{link}: {command}");
        }
    }
}

fn example(name: &str) -> String {
    top().join("examples/languages").join(name).display().to_string()
}

fn ffi_header() -> String {
    installed().join("include/libsdnotify/sdnotify.ffi.h").display().to_string()
}

/// How long an answer may take on a loaded machine, where runtimes take seconds to start.
const PATIENCE: Duration = Duration::from_secs(60);

const JNA: &str = "/usr/share/java/jna.jar";

/// Runs a program as a service: readiness, a status, a heartbeat, the socket, the end.
fn serves(language: &Language, name: &str, words: &[&str]) {
    let mut service = start(language, "greeter.sock", words);
    service.wait_for(&[("event", "message"), ("assignments", "READY=1\nSTATUS=Waiting for guests")]);
    assert_eq!(greeting(&language.scratch.path("greeter.sock")), format!("Hello from {name}\n"));
    service.wait_for(&[("event", "message"), ("assignments", "STATUS=1 greeted ✓")]);
    service.wait_for(&[("event", "message"), ("assignments", "WATCHDOG=1")]);
    service.wait_for(&[("event", "message"), ("assignments", "WATCHDOG=1")]);
    service.signal(libc::SIGTERM);
    let ended = service.finish();
    let said: Vec<String> = ended.messages().map(|message| field(message, "assignments")).collect();
    assert_eq!(said.last().map(String::as_str), Some("STOPPING=1"), "{said:?}");
    assert!(ended.messages().all(|message| message["accepted"] == true), "{:#?}", ended.events);
    assert_eq!(ended.errors, "");
    // Java ends with 128 + SIGTERM after its hooks; SuccessExitStatus=143 in a unit.
    let expected = if name == "Java" { (Some(143), "failed") } else { (Some(0), "dead") };
    assert_eq!((ended.status.code(), ended.history().rsplit(' ').next().unwrap_or_default()), expected);
}

/// The service runs all the same where its messages arrive nowhere, and says so with the address.
fn serves_without_a_manager(language: &Language, name: &str, words: &[&str]) {
    let service = start(language, "alone.sock", &[&["env", "NOTIFY_SOCKET=/nowhere/notify"], words].concat());
    assert_eq!(greeting(&language.scratch.path("alone.sock")), format!("Hello from {name}\n"));
    service.signal(libc::SIGTERM);
    let ended = service.finish();
    assert_eq!(ended.messages().count(), 0);
    assert!(ended.errors.contains("/nowhere/notify"), "{}", ended.errors);
    let errors = ended.errors.to_lowercase();
    assert!(errors.contains("no such file or directory") || errors.contains("enoent"), "{errors}");
}

fn start(language: &Language, socket: &str, words: &[&str]) -> Running {
    let mut command = sdnotify();
    language.settings(&mut command);
    // The JVM, for one, may take seconds to start beside nine others; heartbeats come every three.
    command.args(["run", "--json", "--watchdog", "6s", "--listen"]).arg(language.scratch.path(socket));
    Running::spawn(command.arg("--").args(words).current_dir(language.scratch.dir()))
}

fn greeting(socket: &Path) -> String {
    // `sdnotify run` listens before it starts the service, but needs time to get there.
    sdnotify_tests::command::eventually("the socket", || socket.exists());
    let mut guest = UnixStream::connect(socket).expect("a socket");
    guest.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut text = String::new();
    guest.read_to_string(&mut text).expect("a greeting");
    text
}

/// Both ways.
fn works(language: &Language, name: &str, words: &[&str]) {
    serves(language, name, words);
    serves_without_a_manager(language, name, words);
}

#[test]
fn cxx() {
    let language = Language::new("cxx");
    let build =
        "c++ -std=c++17 -Wall -Wextra -Werror -pedantic \"$0\" $(pkg-config --cflags --libs libsdnotify) -o greeter";
    language.build(&["sh", "-ec", build, &example("greeter.cc")]);
    works(&language, "C++", &["./greeter"]);
}

#[test]
fn go() {
    let language = Language::new("go");
    language.build(&["go", "build", "-o", "greeter", &example("greeter.go")]);
    works(&language, "Go", &["./greeter"]);
}

#[test]
fn java() {
    let language = Language::new("java");
    language.build(&["javac", "-Xlint:all", "-Werror", "-cp", JNA, "-d", ".", &example("Greeter.java")]);
    works(&language, "Java", &["java", "-cp", &format!("{JNA}:."), "Greeter"]);
}

#[test]
fn luajit() {
    works(&Language::new("luajit"), "LuaJIT", &["luajit", &example("greeter.lua"), &ffi_header()]);
}

#[test]
fn node() {
    let language = Language::new("node");
    if !has_koffi(&language) {
        return;
    }
    std::fs::copy(example("greeter.mjs"), language.scratch.path("greeter.mjs")).expect("a copy");
    works(&language, "Node.js", &["node", "greeter.mjs"]);
    serves_while_the_manager_reads_nothing(&language);
}

/// The event loop does not wait for room in the manager's queue; what could not be said is said later.
fn serves_while_the_manager_reads_nothing(language: &Language) {
    let path = language.scratch.path("notify");
    let manager = UnixDatagram::bind(&path).expect("a socket");
    manager.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let filler = UnixDatagram::unbound().expect("a socket");
    filler.set_nonblocking(true).expect("non-blocking");
    while filler.send_to(b"X_FILLER=1", &path).is_ok() {}
    let address = format!("NOTIFY_SOCKET={}", path.display());
    let service = start(language, "full.sock", &["env", &address, "node", "greeter.mjs"]);
    for _ in 0..2 {
        assert_eq!(greeting(&language.scratch.path("full.sock")), "Hello from Node.js\n");
    }
    let mut buffer = [0; 100];
    let mut said = Vec::new();
    while said.last().is_none_or(|text| text != "STATUS=2 greeted ✓") {
        let length = manager.recv(&mut buffer).expect("a message");
        said.push(String::from_utf8(buffer[..length].to_vec()).expect("UTF-8"));
    }
    said.retain(|text| text != "X_FILLER=1" && text != "WATCHDOG=1");
    assert_eq!(said, ["READY=1\nSTATUS=Waiting for guests", "STATUS=2 greeted ✓"]);
    service.signal(libc::SIGTERM);
    assert_eq!(service.finish().errors, "");
}

/// koffi is not in Debian; whether npm could install it.
fn has_koffi(language: &Language) -> bool {
    let npm = language.command("npm").args(["install", "--no-save", "--no-audit", "--no-fund", "koffi@3"]).output();
    let npm = npm.expect("npm");
    if !npm.status.success() {
        let said = String::from_utf8_lossy(&npm.stderr);
        left_out("Node.js", &format!("npm install koffi: {}", said.lines().next().unwrap_or_default()));
    }
    npm.status.success()
}

#[test]
fn perl() {
    works(&Language::new("perl"), "Perl", &["/usr/bin/perl", &example("greeter.pl")]);
}

#[test]
fn php() {
    works(&Language::new("php"), "PHP", &["php", &example("greeter.php"), &ffi_header()]);
}

#[test]
fn python() {
    works(&Language::new("python"), "Python", &["/usr/bin/python3", &example("greeter.py"), &ffi_header()]);
}

#[test]
fn ruby() {
    works(&Language::new("ruby"), "Ruby", &["ruby", &example("greeter.rb")]);
}

#[test]
fn rust() {
    let language = Language::new("rust");
    let built = run(Command::new("cargo").current_dir(top()).args(["build", "--locked", "--quiet"]).args([
        "--package",
        "libsdnotify-engine",
        "--features=std",
        "--example",
        "greeter",
        "--message-format=json",
    ]));
    let artifact = built.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let program: Option<PathBuf> =
        artifact.filter_map(|line| line["executable"].as_str().map(PathBuf::from)).next_back();
    works(&language, "Rust", &[program.expect("an example").to_str().expect("text")]);
}
