//! Whether this machine was booted with systemd.

use crate::result::{Result, Stop};
use crate::sys::file;

/// systemd creates this directory early at boot, and nothing else does. `NO` if it does not exist.
pub fn with_systemd() -> Result<()> {
    match file::of_path(c"/run/systemd/system/") {
        Ok(_) => Ok(()),
        Err(Stop::ENOENT) => Err(Stop::NO),
        Err(error) => Err(error),
    }
}
