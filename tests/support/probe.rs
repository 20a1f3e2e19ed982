//! A process of its own that calls the functions of one library as told: tests/c/probe.c.

use crate::library::Library;
use crate::tree::{self, Scratch};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

pub struct Probe {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

pub const SOURCES: &[&str] = &[
    "probe.c",
    "probe_fd.c",
    "probe_format.c",
    "probe_journal.c",
    "probe_process.c",
    "probe_receive.c",
    "probe_refuse.c",
    "probe_text.c",
    "probe_threads.c",
];

/// The program, compiled once in each test process.
pub fn program() -> PathBuf {
    static PROGRAM: OnceLock<(Scratch, PathBuf)> = OnceLock::new();
    let (_, program) = PROGRAM.get_or_init(|| {
        let scratch = Scratch::new("probe");
        let program = tree::compile("cc", &scratch, SOURCES, &["-l:libffi_pic.a".to_owned()]);
        (scratch, program)
    });
    program.clone()
}

impl Probe {
    /// Starts with none of the protocols' variables set.
    pub fn start(library: Library) -> Probe {
        Probe::try_start(library).unwrap_or_else(|error| panic!("{library:?}: {error}"))
    }

    /// As [`Probe::start`]; an error when the library is not to be had here.
    pub fn try_start(library: Library) -> Result<Probe, String> {
        Probe::load(library, &library.path())
    }

    /// With the library that has the functions of sd-journal.h.
    pub fn start_journal(library: Library) -> Probe {
        Probe::load(library, &library.journal_path()).unwrap_or_else(|error| panic!("{library:?}: {error}"))
    }

    fn load(library: Library, path: &std::path::Path) -> Result<Probe, String> {
        let mut command = library.command(&program())?;
        tree::without_variables(&mut command);
        Ok(Probe::spawn(command.arg(path)))
    }

    /// Starts the probe by a command of the caller's, say with another loader or in a sandbox.
    pub fn spawn(command: &mut Command) -> Probe {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the probe starts");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        Probe { child, input, output }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Gives a command, does not wait for the answer.
    pub fn tell(&mut self, command: &str) {
        self.try_tell(command).expect("the probe reads");
    }

    /// As [`Probe::tell`]; an error when the probe died.
    pub fn try_tell(&mut self, command: &str) -> std::io::Result<()> {
        writeln!(self.input, "{command}")
    }

    /// The answer to the oldest command that was not answered yet.
    pub fn answer(&mut self) -> String {
        self.try_answer().unwrap_or_else(|death| panic!("the probe died: {death}"))
    }

    /// As [`Probe::answer`]; an error when the probe died instead: how.
    pub fn try_answer(&mut self) -> Result<String, String> {
        let mut line = Vec::new();
        self.output.read_until(b'\n', &mut line).expect("the probe's output");
        if line.pop() == Some(b'\n') {
            return Ok(String::from_utf8_lossy(&line).into_owned());
        }
        Err(self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string()))
    }

    /// Makes room for many commands, and many answers, at a time.
    pub fn deep_pipes(&self) {
        use std::os::fd::AsRawFd;
        for pipe in [self.input.as_raw_fd(), self.output.get_ref().as_raw_fd()] {
            // SAFETY: F_SETPIPE_SZ takes an int and no memory.
            assert!(unsafe { libc::fcntl(pipe, libc::F_SETPIPE_SZ, 1 << 20) } > 0, "a pipe of a megabyte");
        }
    }

    pub fn try_ask(&mut self, command: &str) -> Result<String, String> {
        self.tell(command);
        self.try_answer()
    }

    pub fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.answer()
    }

    /// The result of a function that answers `ret=NUMBER` and nothing else.
    pub fn ret(&mut self, command: &str) -> i32 {
        let answer = self.ask(command);
        let number = answer.strip_prefix("ret=").and_then(|number| number.parse().ok());
        number.unwrap_or_else(|| panic!("{command}: {answer}"))
    }

    /// Sets a variable of the probe's environment.
    pub fn set(&mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) {
        let answer = self.ask(&format!("set {name} {}", text(value.as_ref().as_bytes())));
        assert_eq!(answer, "ok");
    }

    /// The variables of the protocols that are set.
    pub fn environment(&mut self) -> String {
        let state = self.ask("state");
        let (env, _) = state.split_once(" fds=").expect("env and fds");
        env.trim_start_matches("env=").to_owned()
    }

    /// The open descriptors, as `3` or (close-on-exec) `3c`.
    pub fn descriptors(&mut self) -> Vec<String> {
        let state = self.ask("state");
        let (_, fds) = state.split_once(" fds=").expect("env and fds");
        fds.split_terminator(',').map(str::to_owned).collect()
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A text as the probe reads it.
pub fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(1 + 2 * bytes.len());
    text.push('x');
    for byte in bytes {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
