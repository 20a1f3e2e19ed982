//! Waits for processes. Calls libc directly: nix has no real-time signals, so it would return an error for a process
//! killed by one, which would be reaped and its status lost.

use crate::service::state::Exit;
use nix::errno::Errno;
use nix::libc;

/// A child that has ended and is not reaped yet.
pub fn first_ended() -> Option<i32> {
    look(libc::P_ALL, 0).ok().filter(|pid| *pid > 0)
}

/// Waits until a child has ended.
pub fn wait_for(pid: i32) -> Result<Exit, Errno> {
    loop {
        match waitpid(pid, 0) {
            Ok(Some((_, status))) => {
                if let Some(exit) = exit(status) {
                    return Ok(exit);
                }
            }
            Ok(None) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// Reaps a child, if it has ended.
pub fn ended(pid: i32) -> Option<Exit> {
    let (_, status) = waitpid(pid, libc::WNOHANG).ok().flatten()?;
    exit(status)
}

/// Whether there is any child (for a subreaper, any descendant), including zombies.
pub fn anybody() -> bool {
    look(libc::P_ALL, 0) != Err(Errno::ECHILD)
}

/// Whether a process is a child of this one, even if it has ended.
pub fn is_child(pid: i32) -> bool {
    u32::try_from(pid).is_ok_and(|pid| pid > 0 && look(libc::P_PID, pid) != Err(Errno::ECHILD))
}

/// Looks without reaping: the process that has ended; 0 if none has.
fn look(kind: libc::idtype_t, id: libc::id_t) -> Result<i32, Errno> {
    // SAFETY: all zeros is a valid siginfo.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel fills in the siginfo.
    Errno::result(unsafe { libc::waitid(kind, id, &raw mut info, libc::WEXITED | libc::WNOHANG | libc::WNOWAIT) })?;
    // SAFETY: waitid() has filled in the process, or left the zero.
    Ok(unsafe { info.si_pid() })
}

fn waitpid(pid: i32, options: i32) -> Result<Option<(i32, i32)>, Errno> {
    let mut status = 0;
    // SAFETY: the status is ours to write to.
    let pid = Errno::result(unsafe { libc::waitpid(pid, &raw mut status, options) })?;
    Ok((pid > 0).then_some((pid, status)))
}

/// None for a child that has not ended.
fn exit(status: i32) -> Option<Exit> {
    if libc::WIFEXITED(status) {
        Some(Exit::Code(libc::WEXITSTATUS(status)))
    } else if libc::WIFSIGNALED(status) {
        Some(Exit::Killed { signal: libc::WTERMSIG(status), core: libc::WCOREDUMP(status) })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_is_an_end() {
        for signal in (1..=libc::SIGRTMAX()).filter(|signal| *signal != libc::SIGSTOP) {
            assert_eq!(exit(signal), Some(Exit::Killed { signal, core: false }));
        }
        assert_eq!(exit(3 << 8), Some(Exit::Code(3)));
        assert_eq!(exit(0x7f | libc::SIGSTOP << 8), None, "stopped");
        assert_eq!(exit(0xffff), None, "continued");
    }
}
