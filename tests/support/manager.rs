//! A private systemd service manager of one Debian release, with our libraries in reach: tests/support/with-systemd.
//!
//! [`on_each`] runs a scenario on all releases at hand, each on a manager of its own, all at the same time. Inside, the
//! checkout and the manager's scratch directory are seen at their usual paths; the rest may be another Debian's, but a
//! unit with `RootDirectory=@MACHINE@` runs this machine's programs. The network is a loopback interface of its own.

use crate::left_out::left_out;
use crate::release::Release;
use crate::tree::{self, Scratch};
use std::any::Any;
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Error, Write};
use std::os::fd::AsRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{self, Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// How long a change may take that nothing in the scenario delays; for machines under load.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// Runs what it is told in files, beside the manager: a name a line in, `name status` out.
const AGENT: &str = r#"echo ready 0
while read -r name; do
        timeout 60 sh "$name.sh" > "$name.out" 2>&1 < /dev/null && status=0 || status=$?
        echo "$name $status"
done"#;

pub struct Manager {
    /// Which systemd it is: 252, 257, ...
    pub version: u32,
    /// The Debian release it is from.
    pub release: Release,
    scratch: Scratch,
    agent: Mutex<Agent>,
}

struct Agent {
    child: Child,
    /// Closed when the manager is dropped, which ends the agent and with it the manager.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    count: u32,
}

/// How a command ended, and what it said on both outputs.
#[derive(Debug)]
pub struct Outcome {
    pub status: i32,
    pub text: String,
}

type Failure = Box<dyn Any + Send>;

/// Runs a scenario on a manager of each release at hand, at the same time; where one fails, its log is shown.
pub fn on_each(scenario: impl Fn(&Manager) + Sync) {
    on_these(Release::at_hand(), scenario);
}

/// As [`on_each`], on the releases whose systemd is at least `version`; the others do not have the subject.
pub fn since(version: u32, scenario: impl Fn(&Manager) + Sync) {
    on_these(Release::at_hand().iter().filter(|release| release.version >= version), scenario);
}

/// As [`on_each`], on some releases.
pub fn on_these<'a>(releases: impl IntoIterator<Item = &'a Release>, scenario: impl Fn(&Manager) + Sync) {
    run_on(releases, &[], scenario);
}

/// As [`on_these`], with a journald and its journalctl.
pub fn with_journald<'a>(releases: impl IntoIterator<Item = &'a Release>, scenario: impl Fn(&Manager) + Sync) {
    run_on(releases, &["-j"], scenario);
}

fn run_on<'a>(releases: impl IntoIterator<Item = &'a Release>, options: &[&str], scenario: impl Fn(&Manager) + Sync) {
    let run = |release: &'a Release| {
        let manager = Manager::start_with(release, options).map_err(|reason| Box::new(reason) as Failure)?;
        catch_unwind(AssertUnwindSafe(|| scenario(&manager))).inspect_err(|_| {
            eprintln!("--- failed on {release}; its manager's log:\n{}---", manager.log());
        })
    };
    let run = &run;
    let failures: Vec<Failure> = thread::scope(|scope| {
        let threads: Vec<_> = releases.into_iter().map(|release| scope.spawn(move || run(release))).collect();
        if threads.is_empty() {
            // The test runner has named the thread after the test.
            left_out(thread::current().name().unwrap_or("a scenario"), "no service manager for it here");
        }
        threads.into_iter().filter_map(|thread| thread.join().unwrap_or_else(Err).err()).collect()
    });
    if let Some(failure) = failures.into_iter().next() {
        resume_unwind(failure);
    }
}

impl Manager {
    /// Starts one; an error says in one line why it cannot be had.
    pub fn start(release: &Release) -> Result<Manager, String> {
        Manager::start_with(release, &[])
    }

    fn start_with(release: &Release, options: &[&str]) -> Result<Manager, String> {
        let scratch = Scratch::new("manager");
        fs::create_dir_all(scratch.path("units")).expect("a directory");
        let errors = scratch.path("errors");
        let mut command = Command::new(tree::top().join("tests/support/with-systemd"));
        command.args(["-s", "-n"]).args(options).arg("-d").arg(scratch.path("")).arg("-d").arg(tree::top());
        if let Some(root) = &release.root {
            command.arg("-r").arg(root);
        }
        command.args(["sh", "-c", AGENT]).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(File::create(&errors).expect("a file"));
        let mut child = command.spawn().expect("tests/support/with-systemd");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let mut agent = Agent { child, input, output, count: 0 };
        if agent.read() != ["ready", "0"] {
            let errors = fs::read_to_string(errors).unwrap_or_default();
            return Err(errors.lines().next().unwrap_or("no manager came up").to_owned());
        }
        let release = release.clone();
        Ok(Manager { version: release.version, release, scratch, agent: Mutex::new(agent) })
    }

    /// A path that manager, services and test share.
    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    /// A text with `@DIR@` for the scratch directory, `@TOP@` for the checkout, `@SPEAKER@` for the scripted service, and
    /// `@MACHINE@` for the root directory of this machine's own programs filled in.
    pub fn fill_in(&self, text: &str) -> String {
        let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();
        let text = text.replace("@DIR@", path(&self.path("")).trim_end_matches('/'));
        let text = text.replace("@TOP@", &path(&tree::top()));
        let text = text.replace("@MACHINE@", if self.release.root.is_some() { "/machine" } else { "/" });
        if text.contains("@SPEAKER@") { text.replace("@SPEAKER@", &path(speaker())) } else { text }
    }

    /// Puts a file into the scratch directory, its text filled in.
    pub fn file(&self, name: &str, text: &str) {
        let file = self.path(name);
        fs::create_dir_all(file.parent().expect("a directory")).expect("a directory");
        fs::write(file, self.fill_in(text)).expect("a file");
    }

    /// Puts unit files or drop-ins, as (name, text), their text filled in, and has the manager read them.
    pub fn units(&self, units: &[(&str, &str)]) {
        for (name, text) in units {
            self.file(&format!("units/{name}"), text);
        }
        self.run("cp -r units/. \"$SD_UNITS\" && $SD_CTL daemon-reload");
    }

    /// Runs a shell command beside the manager, in the scratch directory; at most a minute.
    pub fn sh(&self, command: &str) -> Outcome {
        let mut agent = self.agent.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        agent.count += 1;
        let name = format!("command-{}", agent.count);
        fs::write(self.path(&format!("{name}.sh")), command).expect("a file");
        writeln!(agent.input.as_mut().expect("open until dropped"), "{name}").expect("the agent reads");
        let answer = agent.read();
        let [answered, status] = answer.as_slice() else { panic!("{}: the manager is gone", self.release) };
        assert_eq!(*answered, name);
        let text = String::from_utf8_lossy(&fs::read(self.path(&format!("{name}.out"))).expect("its output")).into();
        Outcome { status: status.parse().expect("a number"), text }
    }

    /// As [`Manager::sh`], for commands that must succeed; what they said.
    pub fn run(&self, command: &str) -> String {
        let outcome = self.sh(command);
        assert_eq!(outcome.status, 0, "{}: {command}: {}", self.release, outcome.text);
        outcome.text
    }

    /// `systemctl` with arguments that need no quoting; it must succeed.
    pub fn systemctl(&self, arguments: &str) -> String {
        self.run(&format!("$SD_CTL {arguments}"))
    }

    /// One property of a unit, as `systemctl show` has it.
    pub fn show(&self, unit: &str, property: &str) -> String {
        self.systemctl(&format!("show --value -p {property} {unit}")).trim_end().to_owned()
    }

    /// ActiveState and SubState, as in `active (running)`.
    pub fn state(&self, unit: &str) -> String {
        let shown = self.systemctl(&format!("show -p ActiveState,SubState {unit}"));
        let value = |name: &str| shown.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?");
        format!("{} ({})", value("ActiveState="), value("SubState="))
    }

    /// All that the manager has logged.
    pub fn log(&self) -> String {
        let log = format!("/proc/{}/root/run/manager.log", self.pid());
        String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into()
    }

    /// The process of tests/support/with-systemd.
    pub fn id(&self) -> u32 {
        self.agent.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).child.id()
    }

    /// The manager's process, as this process sees it.
    fn pid(&self) -> i32 {
        let file = format!("/proc/{}/root/run/first", self.id());
        fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()).expect("a process id")
    }

    /// Its network, for tests that talk to the services.
    pub fn network(&self) -> Network {
        Network(File::open(format!("/proc/{}/ns/net", self.pid())).expect("a network namespace"))
    }

    /// Runs something while the manager is stopped: it reads no message and reaps no child meanwhile.
    pub fn paused(&self, action: impl FnOnce()) {
        let signal = |number| {
            // SAFETY: kill() takes no pointer; the process is one that this manager's start made.
            let result = unsafe { libc::kill(self.pid(), number) };
            assert_eq!(result, 0, "{}: {}", self.release, Error::last_os_error());
        };
        signal(libc::SIGSTOP);
        action();
        signal(libc::SIGCONT);
    }

    /// Waits until a property of a unit has a value.
    pub fn wait(&self, unit: &str, property: &str, value: &str) {
        let seen = Cell::new(String::new());
        self.poll(&format!("{unit}: {property}={value}"), || {
            let now = self.show(unit, property);
            let reached = now == value;
            seen.set(now);
            reached
        });
    }

    /// Waits until a unit is in a state, as in `active (running)`.
    pub fn wait_state(&self, unit: &str, state: &str) {
        self.poll(&format!("{unit}: {state}"), || self.state(unit) == state);
    }

    /// Waits until the manager has logged a text.
    pub fn wait_log(&self, text: &str) {
        self.poll(&format!("the log: {text:?}"), || self.log().contains(text));
    }

    /// Waits until a file in the scratch directory has a text in it; all of the file.
    pub fn wait_file(&self, name: &str, text: &str) -> String {
        let read = || fs::read_to_string(self.path(name)).unwrap_or_default();
        self.poll(&format!("{name}: {text:?}"), || read().contains(text));
        read()
    }

    /// Waits until something is so; panics when it is not within [`PATIENCE`].
    pub fn poll(&self, what: &str, so: impl Fn() -> bool) {
        let start = Instant::now();
        while !so() {
            assert!(start.elapsed() < PATIENCE, "{}: waited in vain for {what}", self.release);
            thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Agent {
    /// The words of its next line; none when it has ended.
    fn read(&mut self) -> Vec<String> {
        let mut line = String::new();
        let _ = self.output.read_line(&mut line);
        line.split_whitespace().map(str::to_owned).collect()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// The network of a manager: loopback and nothing else.
pub struct Network(File);

impl Network {
    /// Moves the calling thread there: for the sockets that it makes from now on.
    pub fn enter(&self) {
        // SAFETY: setns() takes no pointer.
        let result = unsafe { libc::setns(self.0.as_raw_fd(), libc::CLONE_NEWNET) };
        assert_eq!(result, 0, "the manager's network: {}", Error::last_os_error());
    }
}

/// A program that is linked with our library and can be run inside: compiled from sources in tests/c/, or elsewhere by
/// an absolute path.
pub fn program(sources: &[&str]) -> PathBuf {
    program_with("libsdnotify", sources)
}

/// As [`program`], with a library of ours by its name for pkg-config.
pub fn program_with(package: &str, sources: &[&str]) -> PathBuf {
    let scratch = Scratch::new("program");
    let mut arguments = tree::pkg_config(package, &["--cflags", "--libs"]);
    arguments.push(format!("-Wl,-rpath,{}", tree::installed().join("lib").display()));
    let compiled = tree::compile("cc", &scratch, sources, &arguments);
    // In the checkout, which is seen inside; another test process may be running the same program.
    let name = compiled.file_name().and_then(|name| name.to_str()).expect("a name");
    let directory = tree::top().join("target/tests/c");
    let (part, whole) = (directory.join(format!("{name}.{}", process::id())), directory.join(name));
    fs::create_dir_all(&directory).expect("a directory");
    fs::copy(&compiled, &part).expect("a program");
    fs::rename(part, &whole).expect("a program");
    whole
}

/// The sources of the scripted service; tests/c/speaker.c says what it can be told.
pub const SPEAKER: [&str; 5] = ["speaker.c", "speaker_process.c", "speaker_fds.c", "speaker_channel.c", "confine.c"];

/// It, where it is seen beside a service manager; compiled once in each test process.
pub fn speaker() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| program(&SPEAKER))
}
