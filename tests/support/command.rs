//! The command `sdnotify` from the installed tree, and what it says in JSON.

use crate::manager;
use crate::tree::{self, Scratch};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How long anything may take here, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// The command, with none of the protocols' variables set.
pub fn sdnotify() -> Command {
    let mut command = Command::new(tree::installed().join("bin/sdnotify"));
    tree::without_variables(&mut command);
    command
}

/// The scripted service, compiled once in each test process.
pub fn speaker() -> PathBuf {
    static PROGRAM: OnceLock<(Scratch, PathBuf)> = OnceLock::new();
    let (_, program) = PROGRAM.get_or_init(|| {
        let scratch = Scratch::new("speaker");
        let mut flags = tree::pkg_config("libsdnotify", &["--cflags", "--libs"]);
        flags.push(format!("-Wl,-rpath,{}", tree::installed().join("lib").display()));
        let program = tree::compile("cc", &scratch, &manager::SPEAKER, &flags);
        (scratch, program)
    });
    program.clone()
}

/// `sdnotify run --json OPTIONS -- speaker SCRIPT`, going on.
pub struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
    /// Ends the wait for one that hangs.
    _limit: Limit,
    /// What it has said so far.
    pub events: Vec<Value>,
}

/// Kills a process that takes twice [`PATIENCE`], unless dropped before: a test of it fails then, and does not hang.
struct Limit {
    _done: Sender<()>,
}

impl Limit {
    fn on(process: u32) -> Limit {
        let (_done, ended) = channel();
        std::thread::spawn(move || {
            if ended.recv_timeout(2 * PATIENCE) == Err(RecvTimeoutError::Timeout) {
                // SAFETY: two numbers. The process is a child that is still waited for.
                unsafe { libc::kill(process as i32, libc::SIGKILL) };
            }
        });
        Limit { _done }
    }
}

/// How it ended, and all it said.
pub struct Ended {
    pub status: ExitStatus,
    pub events: Vec<Value>,
    /// Its standard error, and the service's outputs.
    pub errors: String,
}

impl Running {
    pub fn start(options: &[&str], script: &[&str]) -> Running {
        let mut command = sdnotify();
        command.args(["run", "--json"]).args(options).arg("--").arg(speaker()).args(script);
        Running::spawn(&mut command)
    }

    pub fn spawn(command: &mut Command) -> Running {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sdnotify is in the installed tree");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let _limit = Limit::on(child.id());
        Running { child, output, _limit, events: Vec::new() }
    }

    pub fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    pub fn signal(&self, signal: i32) {
        // SAFETY: the process is a child that was not waited for yet.
        assert_eq!(unsafe { libc::kill(self.pid(), signal) }, 0);
    }

    /// Reads on until there is an event of which all these fields have these values.
    pub fn wait_for(&mut self, fields: &[(&str, &str)]) -> Value {
        let is = |event: &Value| fields.iter().all(|(name, value)| field(event, name).contains(value));
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            match self.read() {
                Some(event) if is(&event) => return event,
                Some(_) => {}
                None => break,
            }
        }
        panic!("no event with {fields:?} among {:#?}", self.events);
    }

    fn read(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("UTF-8");
        let event = (!line.is_empty()).then(|| serde_json::from_str::<Value>(&line).expect("JSON"))?;
        self.events.push(event.clone());
        Some(event)
    }

    /// To its end.
    pub fn finish(mut self) -> Ended {
        while self.read().is_some() {}
        let mut errors = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut errors).expect("UTF-8");
        let status = self.child.wait().expect("a child");
        Ended { status, events: std::mem::take(&mut self.events), errors }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// The states it went through, as SubState.
    pub fn history(&self) -> String {
        let states = self.events.iter().filter(|event| event["event"] == "state").map(|event| field(event, "sub"));
        states.collect::<Vec<_>>().join(" ")
    }

    /// What was said about the messages and the service: hints, notes and problems.
    pub fn texts(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for event in &self.events {
            lines.extend(event["hints"].as_array().into_iter().flatten().map(|hint| hint.to_string()));
            lines.extend(
                ["text", "refused", "ignored"].map(|name| field(event, name)).into_iter().filter(|t| !t.is_empty()),
            );
        }
        lines.join("\n")
    }

    pub fn end(&self) -> &Value {
        self.events.last().filter(|event| event["event"] == "end").expect("an end")
    }

    pub fn messages(&self) -> impl Iterator<Item = &Value> {
        self.events.iter().filter(|event| event["event"] == "message")
    }
}

/// A field as text; a message's assignments as lines.
pub fn field(event: &Value, name: &str) -> String {
    match &event[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(assignments) => {
            let text = |one: &Value| format!("{}={}", field(one, "name"), field(one, "value"));
            assignments.iter().map(text).collect::<Vec<_>>().join("\n")
        }
        value => value.to_string(),
    }
}

/// The messages of services that ran one after the other: the assignments of each, in lines.
pub fn messages(output: &str) -> Vec<String> {
    let events = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events.filter(|event| event["event"] == "message").map(|event| field(&event, "assignments")).collect()
}

/// Both outputs as text.
pub fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (text(&output.stdout), text(&output.stderr))
}

/// Whether a process is there, a zombie too.
pub fn exists(pid: i32) -> bool {
    std::path::Path::new(&format!("/proc/{pid}")).exists()
}

/// Polls until something is so.
pub fn eventually(what: &str, so: impl Fn() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
