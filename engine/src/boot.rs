//! Was this machine booted with systemd?

use crate::result::{Result, Stop};
use crate::sys::file;

/// systemd makes this directory early at boot, and nothing else does. `NO` if it is not there.
pub fn with_systemd() -> Result<()> {
    match file::of_path(c"/run/systemd/system/") {
        Ok(_) => Ok(()),
        Err(Stop::ENOENT) => Err(Stop::NO),
        Err(error) => Err(error),
    }
}
