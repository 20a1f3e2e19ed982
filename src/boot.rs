//! Was this machine booted with systemd?

use crate::status::{Errno, Result};
use crate::sys::file;

/// systemd makes this directory early at boot, and nothing else does.
pub fn with_systemd() -> Result<bool> {
    match file::of_path_itself(c"/run/systemd/system/") {
        Ok(_) => Ok(true),
        Err(Errno::ENOENT) => Ok(false),
        Err(error) => Err(error),
    }
}
