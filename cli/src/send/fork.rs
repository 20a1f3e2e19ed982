//! `--fork`: the receiving side of the protocol. Starts a command and returns when it is ready.

use crate::exit::{self, Error, Result};
use crate::message;
use crate::run::notify_socket::NotifySocket;
use crate::run::processes;
use libsdnotify_engine::env;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::process::{Child, Command, ExitCode, Stdio};

/// Signals that are passed to the command while waiting for it.
const FORWARDED: [Signal; 4] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT];

pub fn fork(command: &[OsString], quiet: bool) -> Result<ExitCode> {
    let [program, arguments @ ..] = command else {
        return Err(Error::Usage("--fork needs a command line after --".into()));
    };
    let failed = |what: &str, error: &dyn std::fmt::Display| Error::Failed(format!("{what}: {error}"));
    let mut socket = NotifySocket::new().map_err(|error| failed("cannot create a notify socket", &error))?;
    let signals: SigSet = FORWARDED.into_iter().collect();
    signals.thread_block().map_err(|errno| failed("cannot set up signal handling", &errno.desc()))?;
    let signals = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
        .map_err(|errno| failed("cannot set up signal handling", &errno.desc()))?;
    let mut start = Command::new(program);
    start.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    // These are set for this process.
    for name in env::names() {
        start.env_remove(name);
    }
    start.env("NOTIFY_SOCKET", socket.address());
    // The new process gets an empty signal mask: std resets it.
    let mut child = start.spawn().map_err(|error| Error::execute(program, error))?;
    let status = wait(&mut child, &mut socket, &signals, quiet)?;
    if !quiet {
        use std::io::Write;
        // The caller may want only the status, not the number.
        let _ = writeln!(std::io::stdout(), "{}", child.id());
    }
    Ok(status)
}

/// Waits until the command is ready or has ended.
fn wait(child: &mut Child, socket: &mut NotifySocket, signals: &SignalFd, quiet: bool) -> Result<ExitCode> {
    let pid = child.id() as i32;
    let failed = |problem: &str| Error::Failed(format!("cannot wait for process {pid}: {problem}"));
    let pidfd = processes::open_pidfd(pid).ok_or_else(|| failed("the kernel has no pidfd_open()"))?;
    loop {
        let mut events = [socket.as_fd(), signals.as_fd(), pidfd.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
        match poll(&mut events, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(failed(errno.desc())),
        }
        // Its last messages come before its end, so this is asked before they are read.
        let has_ended = events[2].any().unwrap_or_default();
        while let Some(datagram) = socket.receive() {
            let sender = datagram.credentials.map(|sender| sender.pid);
            let is_ready = message::parse(&datagram.bytes, datagram.length).is_ok_and(|read| read.is_set("READY"));
            if is_ready && sender == Some(pid) {
                return Ok(ExitCode::SUCCESS);
            }
            if is_ready && !quiet {
                let from = sender.map_or("an unknown process".to_owned(), |sender| format!("process {sender}"));
                eprintln!("sdnotify: ignored READY=1 from {from}: it is not from the command itself, process {pid}");
            }
        }
        while let Ok(Some(signal)) = signals.read_signal() {
            if let Ok(signal) = Signal::try_from(signal.ssi_signo as i32) {
                processes::send(pid, signal as i32);
            }
        }
        if has_ended {
            return Ok(exit::of_child(child.wait().map_err(|error| failed(&error.to_string()))?));
        }
    }
}
