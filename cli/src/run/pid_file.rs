//! The file to which a service that goes into the background writes the ID of its main process.

use crate::quote::{Line, quote, quoted};
use nix::libc;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Longer than any number; no more is read, whatever the file is.
const LONGEST: u64 = 64;

/// The number in it, or why there is none.
pub fn read(path: &Path) -> Result<i32, Line> {
    let name = quote(&path.to_string_lossy());
    // A FIFO must not stop supervision.
    let file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path);
    let file = file
        .map_err(|error| quoted!("Can't open PID file {} (yet?) after start: {}", name, quote(&error.to_string())))?;
    let mut text = String::new();
    let read = file.take(LONGEST).read_to_string(&mut text);
    let pid = read.ok().and_then(|_| text.trim().parse::<i32>().ok()).filter(|pid| *pid > 0);
    pid.ok_or_else(|| quoted!("Failed to read PID from file {}.", name))
}

/// A stale file would be misleading.
pub fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}
