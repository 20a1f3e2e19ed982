//! `--wait-ready`: the supervisor continues in the background, and the foreground process returns when told.

use super::wait;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{ForkResult, Pid, dup2_stdin, dup2_stdout, fork, pipe2, read, setsid, write};
use std::io::{Error, Result, Write};
use std::os::fd::OwnedFd;

/// Which of the two processes this is.
pub enum Side {
    /// The foreground process, once it knows the exit status.
    Front(u8),
    /// The supervisor.
    Back(Readiness),
}

/// Tells the foreground process that the service is ready.
pub struct Readiness(OwnedFd);

impl Readiness {
    pub fn announce(self) {
        let _ = write(&self.0, b"1");
    }
}

pub fn fork_supervisor(json: bool, stdin: bool) -> Result<Side> {
    if std::process::id() == 1 {
        return Err(Error::other("process 1 cannot go into the background"));
    }
    let (result, report) = pipe2(OFlag::O_CLOEXEC)?;
    // SAFETY: this program still has one thread, so the child may do all that the parent may.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(result);
            setsid()?;
            let null = open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())?;
            if !stdin {
                dup2_stdin(&null)?;
            }
            // A caller that reads our output to its end must not wait for the service to close it.
            if !json {
                dup2_stdout(&null)?;
            }
            Ok(Side::Back(Readiness(report)))
        }
        ForkResult::Parent { child } => {
            drop(report);
            wait(&result, child, json).map(Side::Front)
        }
    }
}

fn wait(result: &OwnedFd, child: Pid, json: bool) -> Result<u8> {
    let mut byte = [0];
    loop {
        match read(result, &mut byte) {
            Err(Errno::EINTR) => {}
            Ok(1) => {
                if !json && let Err(error) = writeln!(std::io::stdout(), "{child}") {
                    // Nobody would know which process to stop.
                    let _ = kill(child, Signal::SIGTERM);
                    return Err(Error::new(error.kind(), format!("cannot write the process ID: {error}")));
                }
                return Ok(0);
            }
            // The supervisor ended first.
            _ => {
                return Ok(wait::wait_for(child.as_raw())?.status().max(1));
            }
        }
    }
}
