//! Descriptors that another process opened. Closing one may block: a lingering socket, a file on an unresponsive file
//! system. So a separate thread closes them.

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc;
use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::stat::{SFlag, fstat};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

/// Compares two descriptors of the caller (since Linux 6.10).
const F_DUPFD_QUERY: libc::c_int = 1024 + 3;
/// What kcmp(2) compares: open files.
const KCMP_FILE: libc::c_int = 0;

/// A descriptor that came with a message.
#[derive(Debug)]
pub struct ForeignFd(Option<OwnedFd>);

impl From<OwnedFd> for ForeignFd {
    fn from(fd: OwnedFd) -> ForeignFd {
        ForeignFd(Some(fd))
    }
}

impl AsFd for ForeignFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_ref().expect("only taken when dropped").as_fd()
    }
}

impl ForeignFd {
    /// Whether it only names a file (O_PATH).
    pub fn is_path_only(&self) -> bool {
        let flags = fcntl(self, FcntlArg::F_GETFL);
        flags.is_ok_and(|flags| OFlag::from_bits_retain(flags).contains(OFlag::O_PATH))
    }

    /// Whether both refer to the same open file, as after dup(2).
    pub fn is_same_file(&self, other: &ForeignFd) -> bool {
        let (one, other) = (self.as_fd().as_raw_fd(), other.as_fd().as_raw_fd());
        // SAFETY: three numbers.
        match unsafe { libc::fcntl(one, F_DUPFD_QUERY, other) } {
            0 => false,
            1 => true,
            _ => {
                let pid = std::process::id();
                // SAFETY: five numbers.
                unsafe { libc::syscall(libc::SYS_kcmp, pid, pid, KCMP_FILE, one, other) == 0 }
            }
        }
    }
}

impl Drop for ForeignFd {
    fn drop(&mut self) {
        let Some(fd) = self.0.take() else {
            return;
        };
        // A barrier's pipe: its sender is waiting, and closing it never blocks.
        if fstat(&fd).is_ok_and(|stat| SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFIFO) {
            return;
        }
        let _ = setsockopt(&fd, sockopt::Linger, &libc::linger { l_onoff: 0, l_linger: 0 });
        // Without a thread it is closed here.
        let _ = closer().as_ref().map(|closer| closer.send(fd));
    }
}

fn closer() -> &'static Option<Sender<OwnedFd>> {
    static CLOSER: OnceLock<Option<Sender<OwnedFd>>> = OnceLock::new();
    CLOSER.get_or_init(|| {
        let (sender, receiver) = channel::<OwnedFd>();
        let thread = std::thread::Builder::new().stack_size(64 << 10);
        thread.spawn(move || receiver.into_iter().for_each(drop)).ok().map(|_| sender)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::unix::fs::OpenOptionsExt;

    #[test]
    fn the_same_open_file() {
        let open = || ForeignFd::from(OwnedFd::from(File::open("/dev/null").expect("there is one")));
        let (one, other) = (open(), open());
        let copy = ForeignFd::from(one.as_fd().try_clone_to_owned().expect("a copy"));
        assert!(one.is_same_file(&copy) && copy.is_same_file(&one));
        assert!(!one.is_same_file(&other));
    }

    #[test]
    fn only_a_path() {
        let path = File::options().read(true).custom_flags(libc::O_PATH).open("/").expect("a directory");
        assert!(ForeignFd::from(OwnedFd::from(path)).is_path_only());
        assert!(!ForeignFd::from(OwnedFd::from(File::open("/").expect("a directory"))).is_path_only());
    }
}
