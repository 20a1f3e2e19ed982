//! The user's shell commands, run within limits on time and memory.
#![forbid(unsafe_code)]

use crate::drain::log::Priority;
use crate::run::processes;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::io::{ErrorKind, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most output to keep.
const OUTPUT: usize = 4096;

/// The running process groups. Removed before they are waited for, so that a dead group is never signalled.
static RUNNING: Mutex<Vec<i32>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<i32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills what still runs.
pub fn end_all() {
    for group in running().iter() {
        let _ = killpg(Pid::from_raw(*group), Signal::SIGKILL);
    }
}

/// Runs a command for at most `time`; returns its output. The error is one line.
pub fn run(command: &str, time: Duration) -> Result<String, String> {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command);
    run_program(&mut shell, time)
}

/// The same for any program.
pub fn run_program(program: &mut Command, time: Duration) -> Result<String, String> {
    let deadline = Instant::now() + time;
    // It must not notify the manager: only the drain speaks for the service.
    program.env_remove("NOTIFY_SOCKET").process_group(0);
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().map_err(|error| format!("cannot run: {error}"))?;
    let group = child.id() as i32;
    running().push(group);
    let outcome = collect(&mut child, deadline, time);
    let mut running = running();
    running.retain(|other| *other != group);
    if outcome.is_err() {
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
    drop(running);
    let status = child.wait().map_err(|error| format!("cannot wait for it: {error}"));
    let [output, errors] = outcome?;
    let status = status?;
    if status.success() {
        return Ok(output);
    }
    let first = errors.lines().chain(output.lines()).map(str::trim).find(|line| !line.is_empty());
    let why = first.map(|line| format!(": {}", line.chars().take(200).collect::<String>())).unwrap_or_default();
    Err(format!("{}{why}", describe(status)))
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, signal) => format!("killed by signal {}", signal.unwrap_or(0)),
    }
}

/// Reads its output until it ends. Processes that it leaves behind may keep the pipes open.
fn collect(child: &mut Child, deadline: Instant, time: Duration) -> Result<[String; 2], String> {
    let problem = |error: Errno| format!("cannot read its output: {}", error.desc());
    let end = processes::open_pidfd(child.id() as i32).ok_or("cannot watch it: no pidfd")?;
    let pipes = [child.stdout.take().map(OwnedFd::from), child.stderr.take().map(OwnedFd::from)];
    let mut pipes: Vec<Pipe> = pipes.into_iter().flatten().map(Pipe::new).collect::<Result<_, _>>().map_err(problem)?;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(format!("not finished within {} s", time.as_secs()));
        }
        let mut fds = vec![PollFd::new(end.as_fd(), PollFlags::POLLIN)];
        fds.extend(pipes.iter().filter_map(|pipe| Some(PollFd::new(pipe.file.as_ref()?.as_fd(), PollFlags::POLLIN))));
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut fds, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(problem(error)),
        }
        let ended = fds[0].any().unwrap_or(false);
        for pipe in &mut pipes {
            pipe.read();
        }
        if ended {
            let mut texts = pipes.into_iter().map(|pipe| String::from_utf8_lossy(&pipe.kept).into_owned());
            return Ok([texts.next().unwrap_or_default(), texts.next().unwrap_or_default()]);
        }
    }
}

struct Pipe {
    file: Option<std::fs::File>,
    kept: Vec<u8>,
}

impl Pipe {
    fn new(fd: OwnedFd) -> Result<Pipe, Errno> {
        fcntl(&fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok(Pipe { file: Some(fd.into()), kept: Vec::new() })
    }

    /// Reads part of the available output; the rest is left for the next turn, which checks the time.
    fn read(&mut self) {
        let mut buffer = [0; OUTPUT];
        let Some(file) = &mut self.file else { return };
        match file.read(&mut buffer) {
            Ok(0) => self.file = None,
            Ok(n) => self.kept.extend(&buffer[..n.min(OUTPUT - self.kept.len())]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(_) => self.file = None,
        }
    }
}

/// The log line for a command that took the node out or put it back.
pub fn report(command: &str, outcome: &Result<(), String>) -> (Priority, String) {
    match outcome {
        Ok(()) => (Priority::Notice, format!("{command}: done.")),
        Err(problem) => (Priority::Error, format!("{command}: {problem}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::signal::kill;

    #[test]
    fn what_commands_do() {
        let run = |command| run(command, Duration::from_secs(60));
        assert_eq!(run("echo 7"), Ok("7\n".into()));
        assert_eq!(run("echo no >&2; exit 3"), Err("exit status 3: no".into()));
        assert_eq!(run("kill -9 $$"), Err("killed by signal 9".into()));
        assert!(run("/nonexistent").is_err_and(|why| why.starts_with("exit status 127: ")));
        // Processes left behind do not count, and endless output is truncated.
        let left = run("sleep 300 & echo $!").map(|text| text.trim().parse().map(Pid::from_raw));
        assert!(left.is_ok_and(|left| left.is_ok_and(|pid| kill(pid, Signal::SIGKILL).is_ok())));
        assert_eq!(run("head -c 1000000 /dev/zero").map(|text| text.len()), Ok(OUTPUT));
    }

    #[test]
    fn one_that_hangs_is_killed() {
        let begin = Instant::now();
        let problem = run("sleep 300", Duration::from_secs(1));
        assert_eq!(problem, Err("not finished within 1 s".into()));
        assert!(begin.elapsed() < Duration::from_secs(100));
        assert_eq!(run("yes", Duration::from_secs(1)), Err("not finished within 1 s".into()));
    }
}
