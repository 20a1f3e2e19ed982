//! `sdnotify send`: what systemd-notify(1) does, through libsdnotify.

mod compose;
mod fork;
mod sender;

use crate::abi;
use crate::args::Send;
use crate::exit::{self, Error, Result};
use crate::message::quote;
use crate::run::processes;
use compose::{Composed, Lines, fd_name, one_line};
use nix::errno::Errno;
use nix::time::{ClockId, clock_gettime};
use std::ffi::{CStr, OsString};
use std::os::fd::BorrowedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// How long the manager may take to read the message, as in systemd-notify.
const BARRIER_USEC: u64 = 5_000_000;

/// Ends option parsing at the `;` of `send --exec`, so that the options of the command are its own.
pub fn protect_command(words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.into_iter().collect();
    if words.get(1).is_none_or(|word| word != "send") {
        return words;
    }
    let takes_value = |word: &OsString| ["--status", "--uid", "--fd", "--fdname"].iter().any(|option| word == option);
    let mut exec = false;
    let mut index = 2;
    while let Some(word) = words.get(index).filter(|word| *word != "--") {
        if word == ";" && exec {
            words.insert(index, "--".into());
            break;
        }
        exec |= word == "--exec";
        index += if takes_value(word) { 2 } else { 1 };
    }
    words
}

/// Sends the message.
pub fn send(arguments: Send) -> Result<ExitCode> {
    refuse_without_effect(&arguments)?;
    if arguments.booted {
        return Ok(ExitCode::from(if abi::booted().unwrap_or(false) { 0 } else { exit::NO }));
    }
    let words: Vec<OsString> = [&arguments.assignments[..], &arguments.rest].concat();
    if arguments.fork {
        return fork::fork(&words, arguments.quiet);
    }
    let (assignments, command) = split(arguments.exec, &words)?;
    let main_pid = arguments.pid.as_deref().map(sender::main_pid).transpose()?;
    let lines = lines(&arguments, assignments, main_pid)?;
    let Composed { state, cut } = lines.compose()?;
    if cut > 0 && !arguments.quiet {
        eprintln!("sdnotify: STATUS= shortened by {cut} bytes: the service manager ignores longer messages");
    }
    let about = main_pid.unwrap_or_else(sender::parent);
    {
        let _identity = arguments.uid.as_deref().map(sender::Identity::assume).transpose()?;
        let doubt = if arguments.quiet { None } else { sender::doubt(about) };
        deliver(&arguments, about, &state)?;
        if let Some(doubt) = doubt {
            eprintln!("sdnotify: sent {doubt}");
        }
    }
    match command {
        Some([program, rest @ ..]) => Err(Error::execute(program, Command::new(program).args(rest).exec())),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// An option without effect is a mistake in the caller.
fn refuse_without_effect(arguments: &Send) -> Result<()> {
    let sends = arguments.ready
        || arguments.reloading
        || arguments.stopping
        || arguments.status.is_some()
        || arguments.pid.is_some()
        || !arguments.fd.is_empty();
    let how = arguments.uid.is_some() || arguments.no_block || arguments.exec;
    let words = !arguments.assignments.is_empty() || !arguments.rest.is_empty();
    if arguments.booted && (sends || how || words || arguments.quiet || arguments.fork) {
        return Err(Error::Usage("--booted sends nothing: it takes no other option and no assignment".into()));
    }
    if arguments.fork && (sends || how) {
        return Err(Error::Usage("--fork sends nothing: it takes only --quiet and a command line".into()));
    }
    Ok(())
}

fn deliver(arguments: &Send, about: i32, state: &CStr) -> Result<()> {
    let address = std::env::var_os("NOTIFY_SOCKET").unwrap_or_default();
    let address = quote(&address.to_string_lossy());
    let unset = || Error::Failed("$NOTIFY_SOCKET is not set: there is no service manager to notify".into());
    let failed = |errno: Errno, what: &str| {
        let hint = match errno {
            Errno::EPROTO | Errno::EINVAL => "; set it to an absolute path, @NAME or vsock:CID:PORT",
            Errno::ECONNREFUSED => "; nobody listens there",
            _ => "",
        };
        Error::Failed(format!("{what} at $NOTIFY_SOCKET={address}: {}{hint}", errno.desc()))
    };
    match abi::notify(about, state, &arguments.fd) {
        Ok(true) => {}
        Ok(false) => return Err(unset()),
        Err(Errno::E2BIG) => return Err(Error::Usage("--fd: more than 253 file descriptors".into())),
        Err(errno) => return Err(failed(errno, "cannot notify the service manager")),
    }
    if arguments.no_block {
        return Ok(());
    }
    match abi::barrier(about, BARRIER_USEC) {
        Ok(true) => Ok(()),
        Ok(false) => Err(unset()),
        Err(errno) => Err(failed(errno, "sent, but the service manager did not confirm receipt")),
    }
}

/// The assignments, and after `;` the command to execute.
fn split(exec: bool, words: &[OsString]) -> Result<(&[OsString], Option<&[OsString]>)> {
    if !exec {
        return Ok((words, None));
    }
    let Some(at) = words.iter().position(|word| word == ";") else {
        return Err(Error::Usage("--exec needs a ; argument followed by a command line".into()));
    };
    match &words[at + 1..] {
        // systemd-notify(1) requires -- there.
        [first, command @ ..] if first == "--" && !command.is_empty() => Ok((&words[..at], Some(command))),
        command if command.iter().any(|word| word != "--") => Ok((&words[..at], Some(command))),
        _ => Err(Error::Usage("no command line after ;".into())),
    }
}

fn lines(arguments: &Send, assignments: &[OsString], main_pid: Option<i32>) -> Result<Lines> {
    let mut lines = Lines::default();
    if arguments.reloading {
        let now = clock_gettime(ClockId::CLOCK_MONOTONIC)
            .map_err(|error| format!("cannot read the monotonic clock: {error}"))?;
        lines.set("RELOADING", b"1");
        let usec = now.tv_sec() * 1_000_000 + now.tv_nsec() / 1_000;
        lines.set("MONOTONIC_USEC", usec.to_string().as_bytes());
    }
    if arguments.ready {
        lines.set("READY", b"1");
    }
    if arguments.stopping {
        lines.set("STOPPING", b"1");
    }
    if let Some(status) = &arguments.status {
        lines.set("STATUS", one_line("--status", status)?);
    }
    if let Some(pid) = main_pid {
        lines.set("MAINPID", pid.to_string().as_bytes());
        if let Some(id) = sender::pidfd_id(pid) {
            lines.set("MAINPIDFDID", id.to_string().as_bytes());
        }
    }
    if !arguments.fd.is_empty() {
        check_fds(&arguments.fd)?;
        lines.set("FDSTORE", b"1");
        if let Some(name) = &arguments.fdname {
            lines.set("FDNAME", fd_name(name)?);
        }
    }
    for assignment in assignments {
        lines.assign(assignment)?;
    }
    if lines.is_empty() {
        return Err(Error::Usage("nothing to send; see sdnotify send --help".into()));
    }
    Ok(lines)
}

fn check_fds(fds: &[i32]) -> Result<()> {
    for (index, fd) in fds.iter().enumerate() {
        // SAFETY: the number is used for this one call, which fails if it is not open.
        let borrowed = unsafe { BorrowedFd::borrow_raw(*fd) };
        if nix::fcntl::fcntl(borrowed, nix::fcntl::FcntlArg::F_GETFD).is_err() {
            return Err(Error::Usage(format!("--fd={fd}: not an open file descriptor")));
        }
        if fds[..index].contains(fd) {
            return Err(Error::Usage(format!("--fd={fd}: given twice")));
        }
    }
    Ok(())
}
