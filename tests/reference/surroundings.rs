//! What the libraries find around them, made the same for every one of them, whoever ran before and on whatever machine.

use sdnotify_tests::left_out::left_out;
use std::ffi::CStr;
use std::io::{Error, ErrorKind};

const QUEUES: &CStr = c"/dev/mqueue";

/// Gives this process, and those that it starts, a file system of message queues of their own. Call it before any thread
/// is started.
pub fn make_the_same() {
    if let Err(error) = own_queues() {
        left_out("message queues of the tests' own", &format!("{}: {error}", QUEUES.to_string_lossy()));
    }
}

fn own_queues() -> Result<(), Error> {
    // SAFETY: unshare() takes no memory.
    succeeded(unsafe { libc::unshare(libc::CLONE_NEWNS | libc::CLONE_NEWIPC) })?;
    mount(c"none", c"/", c"none", libc::MS_REC | libc::MS_PRIVATE)?;
    match std::fs::create_dir(QUEUES.to_str().expect("ASCII")) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    mount(c"mqueue", QUEUES, c"mqueue", 0)
}

fn mount(source: &CStr, target: &CStr, kind: &CStr, flags: libc::c_ulong) -> Result<(), Error> {
    // SAFETY: the strings end with NUL and outlive the call; no data are given.
    succeeded(unsafe { libc::mount(source.as_ptr(), target.as_ptr(), kind.as_ptr(), flags, std::ptr::null()) })
}

fn succeeded(result: libc::c_int) -> Result<(), Error> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}
