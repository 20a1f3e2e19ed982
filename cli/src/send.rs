//! `sdnotify send`: what systemd-notify(1) does, through libsdnotify.

use crate::abi;
use crate::args::Send;
use crate::message;
use crate::run::processes;
use nix::errno::Errno;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::getppid;
use std::ffi::{CString, OsStr, OsString};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// How long the manager may take to read the message, as systemd-notify has it.
const BARRIER_USEC: u64 = 5_000_000;

/// The command was understood, but failed.
const FAILED: u8 = 1;

/// Sends the message; the exit status.
pub fn send(arguments: Send) -> Result<ExitCode, String> {
    if arguments.booted {
        return Ok(ExitCode::from(if abi::booted().unwrap_or(false) { 0 } else { FAILED }));
    }
    let (assignments, command) = split(&arguments)?;
    let main_pid = arguments.pid.as_deref().map(main_pid).transpose()?;
    let state = state(&arguments, assignments, main_pid)?;
    let sender = main_pid.unwrap_or_else(parent);
    if let Err(problem) = deliver(&arguments, sender, &state) {
        eprintln!("sdnotify: {problem}");
        return Ok(ExitCode::from(FAILED));
    }
    match command {
        Some([program, rest @ ..]) => {
            let error = Command::new(program).args(rest).exec();
            eprintln!("sdnotify: {}: {error}", message::quote(&program.to_string_lossy()));
            Ok(ExitCode::from(if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 }))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn deliver(arguments: &Send, sender: i32, state: &CString) -> Result<(), String> {
    let unset = || "$NOTIFY_SOCKET is not set: there is nobody to tell".to_owned();
    match abi::notify(sender, state, &arguments.fd) {
        Ok(true) => {}
        Ok(false) => return Err(unset()),
        Err(Errno::E2BIG) => return Err("more than 253 file descriptors".into()),
        Err(errno) => return Err(format!("cannot notify the service manager: {}", errno.desc())),
    }
    if arguments.no_block {
        return Ok(());
    }
    match abi::barrier(sender, BARRIER_USEC) {
        Ok(true) => Ok(()),
        Ok(false) => Err(unset()),
        Err(errno) => Err(format!("sent, but the service manager does not read it: {}", errno.desc())),
    }
}

/// The assignments, and after `;` the command to execute.
fn split(arguments: &Send) -> Result<(&[OsString], Option<&[OsString]>), String> {
    if !arguments.exec {
        return Ok((&arguments.assignments, None));
    }
    let Some(at) = arguments.assignments.iter().position(|word| word == ";") else {
        return Err("--exec needs a ; argument, and the command line after it".into());
    };
    let (assignments, command) = (&arguments.assignments[..at], &arguments.assignments[at + 1..]);
    if command.is_empty() { Err("no command line after ;".into()) } else { Ok((assignments, Some(command))) }
}

/// The message, as systemd-notify composes it.
fn state(arguments: &Send, assignments: &[OsString], main_pid: Option<i32>) -> Result<CString, String> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    if arguments.reloading {
        let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map_err(|error| format!("no monotonic clock: {error}"))?;
        lines.push(b"RELOADING=1".to_vec());
        lines.push(format!("MONOTONIC_USEC={}", now.tv_sec() * 1_000_000 + now.tv_nsec() / 1_000).into_bytes());
    }
    if arguments.ready {
        lines.push(b"READY=1".to_vec());
    }
    if arguments.stopping {
        lines.push(b"STOPPING=1".to_vec());
    }
    if let Some(status) = &arguments.status {
        lines.push([b"STATUS=", one_line("--status", status)?].concat());
    }
    if let Some(pid) = main_pid {
        lines.push(format!("MAINPID={pid}").into_bytes());
        if let Some(id) = processes::open_pidfd(pid).as_ref().and_then(abi::pidfd_inode) {
            lines.push(format!("MAINPIDFDID={id}").into_bytes());
        }
    }
    if !arguments.fd.is_empty() {
        check_fds(&arguments.fd)?;
        lines.push(b"FDSTORE=1".to_vec());
        if let Some(name) = &arguments.fdname {
            if !message::fd_name_is_valid(name) {
                return Err("--fdname: at most 255 printable ASCII characters, no colon".into());
            }
            lines.push(format!("FDNAME={name}").into_bytes());
        }
    }
    for assignment in assignments {
        let bytes = one_line("an assignment", assignment)?;
        if bytes.iter().position(|byte| *byte == b'=').is_none_or(|at| at == 0) {
            return Err(format!("not VARIABLE=VALUE: {}", message::quote(&assignment.to_string_lossy())));
        }
        lines.push(bytes.to_vec());
    }
    if lines.is_empty() {
        return Err("nothing to send; see sdnotify send --help".into());
    }
    CString::new(lines.join(&b'\n')).map_err(|_| "a NUL byte cannot be sent".into())
}

/// A line break would begin another assignment: text of somebody else's could say MAINPID=.
fn one_line<'a>(what: &str, text: &'a OsStr) -> Result<&'a [u8], String> {
    match text.as_bytes() {
        bytes if bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r')) => {
            Err(format!("a line break in {what}: the rest would be read as further assignments"))
        }
        bytes => Ok(bytes),
    }
}

fn check_fds(fds: &[i32]) -> Result<(), String> {
    for fd in fds {
        // SAFETY: the number is used for this one call, which fails if it is not open.
        let borrowed = unsafe { BorrowedFd::borrow_raw(*fd) };
        if nix::fcntl::fcntl(borrowed, nix::fcntl::FcntlArg::F_GETFD).is_err() {
            return Err(format!("--fd={fd}: not an open file descriptor"));
        }
    }
    Ok(())
}

fn main_pid(text: &str) -> Result<i32, String> {
    match text {
        "" | "auto" => Ok(match parent() {
            0 => std::process::id() as i32,
            parent => parent,
        }),
        "self" => Ok(std::process::id() as i32),
        "parent" => Ok(getppid().as_raw()),
        number => match number.parse::<i32>() {
            Ok(pid) if pid > 0 => Ok(pid),
            _ => Err(format!("--pid={}: not auto, self, parent or a process id", message::quote(number))),
        },
    }
}

/// The script that called; 0 if it is the service manager itself, which has nothing to say to itself.
fn parent() -> i32 {
    let parent = getppid().as_raw();
    let manager = std::env::var("MANAGERPID").ok().and_then(|pid| pid.parse::<i32>().ok());
    if parent <= 1 || Some(parent) == manager { 0 } else { parent }
}
