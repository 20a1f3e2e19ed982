//! A socket-activated service in Rust, by the crate libsdnotify-engine: no C library, no FFI.
//!
//!     cargo build --release --package libsdnotify-engine --features std --example greeter
//!     sdnotify run --watchdog 2s --listen /tmp/greeter.sock -- target/release/examples/greeter

use libsdnotify_engine::daemon;
use std::ffi::CStr;
use std::io::{Error, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::time::Duration;

/// Reports an error and carries on: the service must also run without its manager.
fn say<T>(what: &str, result: daemon::Result<T>) -> Option<T> {
    result.inspect_err(|error| eprintln!("{what}: {error}")).ok()
}

/// Sends a message to the service manager, if there is one.
fn notify(state: &CStr) {
    if say("notification", daemon::notify(state)).is_none() {
        eprintln!("the notify socket is {:?}", std::env::var_os("NOTIFY_SOCKET").unwrap_or_default());
    }
}

fn main() -> Result<(), Error> {
    // The functions read the environment and leave it as it is: std::env::set_var() must not run at the same time, and
    // a child that must not notify needs Command::env_remove("NOTIFY_SOCKET").
    let interval = say("WATCHDOG_USEC", daemon::watchdog_interval()).flatten();
    let Some(socket) = say("LISTEN_FDS", daemon::take_fds()).and_then(|sockets| sockets.into_iter().next()) else {
        return Err(Error::other("one socket is needed: start this by a .socket unit, or with sdnotify run --listen"));
    };
    let listener = UnixListener::from(socket.fd);
    let stop = sigterm()?;
    let beat = interval.map(|interval| interval / 2);

    notify(c"READY=1\nSTATUS=Waiting for guests");
    for greeted in 1.. {
        loop {
            let (guest, stopped) = wait([listener.as_raw_fd(), stop.as_raw_fd()], beat);
            if beat.is_some() {
                notify(c"WATCHDOG=1");
            }
            if stopped {
                notify(c"STOPPING=1");
                return Ok(());
            }
            if guest {
                break;
            }
        }
        let (mut guest, _) = listener.accept()?;
        if let Err(error) = guest.write_all(b"Hello from Rust\n") {
            eprintln!("guest: {error}");
        }
        // Any text is safe: a line break in it becomes a space.
        say("status", daemon::status(&format!("{greeted} greeted ✓")));
    }
    Ok(())
}

/// A descriptor that becomes readable on SIGTERM, which no longer ends the process.
fn sigterm() -> Result<OwnedFd, Error> {
    // SAFETY: the set is valid when all are zero, and only its address is passed on; the descriptor is new and ours.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigaddset(&mut set, libc::SIGTERM);
        libc::sigprocmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
        match libc::signalfd(-1, &set, libc::SFD_CLOEXEC) {
            -1 => Err(Error::last_os_error()),
            fd => Ok(OwnedFd::from_raw_fd(fd)),
        }
    }
}

/// Waits until a descriptor is readable or the time is over; returns which are readable.
fn wait(fds: [i32; 2], timeout: Option<Duration>) -> (bool, bool) {
    let mut polled = fds.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
    let timeout = timeout.map_or(-1, |time| i32::try_from(time.as_millis()).unwrap_or(i32::MAX).max(1));
    // SAFETY: two entries are there.
    unsafe { libc::poll(polled.as_mut_ptr(), 2, timeout) };
    (polled[0].revents != 0, polled[1].revents != 0)
}
