//! The sender of a message, as the service manager sees it.

use super::processes;
use crate::exit::{Error, Result};
use crate::message::quote;
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, UnixCredentials, sendmsg, socketpair,
};
use nix::unistd::{Gid, Pid, Uid, User, getegid, geteuid, getgid, getppid, getuid};
use std::fs;
use std::io::IoSlice;
use std::os::fd::AsRawFd;

/// The process that --pid means.
pub fn main_pid(text: &str) -> Result<i32> {
    match text {
        "" | "auto" => Ok(match parent() {
            0 => own_pid(),
            parent => parent,
        }),
        "self" => Ok(own_pid()),
        "parent" => Ok(getppid().as_raw()),
        number => match number.parse::<i32>() {
            // The manager could not tell which process is meant.
            Ok(pid) if pid > 0 && kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH) => {
                Err(Error::Usage(format!("--pid={pid}: no such process")))
            }
            Ok(pid) if pid > 0 => Ok(pid),
            _ => Err(Error::Usage(format!("--pid={}: not auto, self, parent or a process ID", quote(number)))),
        },
    }
}

/// The calling script; 0 if the caller is the service manager itself.
pub fn parent() -> i32 {
    let parent = getppid().as_raw();
    let manager = std::env::var("MANAGERPID").ok().and_then(|pid| pid.parse::<i32>().ok());
    if parent <= 1 || Some(parent) == manager { 0 } else { parent }
}

/// The real user and group, which the kernel reports for the sender, until this is dropped.
#[derive(Debug)]
pub struct Identity {
    user: Uid,
    group: Gid,
}

impl Identity {
    /// Assumes those of a user, given by name or number. The effective IDs stay: they permit naming another sender.
    pub fn assume(text: &str) -> Result<Identity> {
        let before = Identity { user: getuid(), group: getgid() };
        let name = quote(text);
        let number = text.parse::<u32>().ok().filter(|number| *number != u32::MAX).map(Uid::from_raw);
        let found = match User::from_name(text) {
            Ok(None) => number.map_or(Ok(None), User::from_uid),
            found => found,
        };
        let found = found.map_err(|errno| Error::Failed(format!("--uid={name}: {}", errno.desc())))?;
        let user = found.as_ref().map(|user| user.uid).or(number);
        let user = user.ok_or_else(|| Error::Usage(format!("--uid={name}: no such user")))?;
        let refused = |errno: nix::Error| Error::Failed(format!("--uid={name}: {}", errno.desc()));
        if let Some(found) = found {
            change_group(found.gid).map_err(refused)?;
        }
        // Dropped, and so restored, if the user is refused.
        change_user(user).map_err(refused)?;
        Ok(before)
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        // A privileged effective user may set any; without privileges, nothing was changed.
        let _ = change_user(self.user);
        let _ = change_group(self.group);
    }
}

fn change_user(user: Uid) -> nix::Result<()> {
    // SAFETY: takes two numbers.
    Errno::result(unsafe { nix::libc::setreuid(user.as_raw(), geteuid().as_raw()) }).map(|_| ())
}

fn change_group(group: Gid) -> nix::Result<()> {
    // SAFETY: takes two numbers.
    Errno::result(unsafe { nix::libc::setregid(group.as_raw(), getegid().as_raw()) }).map(|_| ())
}

/// Why the service manager may ignore the message, if that can be known: the sender is not the process that the manager
/// started for this unit.
pub fn doubt(about: i32) -> Option<String> {
    let main = std::env::var("SYSTEMD_EXEC_PID").ok()?.parse::<i32>().ok()?;
    let sender = if about != 0 && may_speak_for(about) { about } else { own_pid() };
    // The variable may be inherited from another unit, from which this unit's manager was started.
    let unit = |pid: i32| fs::read(format!("/proc/{pid}/cgroup")).ok();
    if sender == main || unit(main)? != unit(own_pid())? {
        return None;
    }
    Some(format!(
        "from process {sender}, but the unit's main process is {main}: the service manager ignores it unless \
         NotifyAccess=all is set (or exec, for other commands of the unit); see sdnotify send --help"
    ))
}

/// Whether the kernel lets this process name another one as the sender; it checks when a message is sent.
fn may_speak_for(pid: i32) -> bool {
    let try_it = || {
        let (one, _other) = socketpair(AddressFamily::Unix, SockType::Datagram, None, SockFlag::SOCK_CLOEXEC)?;
        let credentials =
            UnixCredentials::from(nix::libc::ucred { pid, uid: getuid().as_raw(), gid: getgid().as_raw() });
        let control = [ControlMessage::ScmCredentials(&credentials)];
        sendmsg::<()>(one.as_raw_fd(), &[IoSlice::new(b"?")], &control, MsgFlags::MSG_NOSIGNAL, None)
    };
    try_it().is_ok()
}

fn own_pid() -> i32 {
    std::process::id() as i32
}

/// The number that distinguishes processes with the same ID.
pub fn pidfd_id(pid: i32) -> Option<u64> {
    processes::open_pidfd(pid).as_ref().and_then(crate::abi::pidfd_inode)
}
