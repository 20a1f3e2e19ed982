//! Opens files with names from outside. Only regular files are ever opened for reading: a FIFO would block, and opening
//! a device may have effects.

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, SFlag, fstat};
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

/// Opens a regular file for reading; the error says why it cannot be examined.
pub fn regular(path: &Path) -> Result<File, String> {
    let describe = |errno: Errno| errno.desc().to_owned();
    let found = open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()).map_err(describe)?;
    if kind(&found)? != SFlag::S_IFREG {
        return Err("not a regular file".into());
    }
    // O_NONBLOCK: do not wait for a lease on the file either.
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let itself = format!("/proc/self/fd/{}", found.as_raw_fd());
    match open(itself.as_str(), flags, Mode::empty()) {
        Ok(file) => Ok(File::from(file)),
        Err(Errno::ENOENT) => without_proc(path, flags),
        Err(errno) => Err(describe(errno)),
    }
}

/// Without /proc the path is looked up again, and may have changed.
fn without_proc(path: &Path, flags: OFlag) -> Result<File, String> {
    let file = open(path, flags, Mode::empty()).map_err(|errno| errno.desc().to_owned())?;
    if kind(&file)? == SFlag::S_IFREG { Ok(File::from(file)) } else { Err("not a regular file".into()) }
}

fn kind(file: &OwnedFd) -> Result<SFlag, String> {
    let status = fstat(file).map_err(|errno| errno.desc().to_owned())?;
    Ok(SFlag::from_bits_truncate(status.st_mode & SFlag::S_IFMT.bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_files_only() {
        assert!(regular(Path::new("/proc/self/exe")).is_ok());
        for path in ["/dev/null", "/", "/nonexistent", "/dev/tty"] {
            assert!(regular(Path::new(path)).is_err(), "{path}");
        }
    }

    #[test]
    fn a_fifo_does_not_block() {
        let path = std::env::temp_dir().join(format!("sdnotify-fifo-{}", std::process::id()));
        nix::unistd::mkfifo(&path, Mode::S_IRWXU).expect("a FIFO");
        let opened = regular(&path).map(|_| ());
        std::fs::remove_file(&path).expect("ours");
        assert_eq!(opened, Err("not a regular file".into()));
    }
}
