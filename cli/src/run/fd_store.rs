//! The descriptors that the service gets back when it is restarted.

use super::foreign::ForeignFd;
use crate::service::Stored as Kept;

pub struct Stored {
    pub fd: ForeignFd,
    pub name: String,
    /// Forget it when its other end is closed.
    pub poll: bool,
}

pub struct FdStore {
    pub stored: Vec<Stored>,
    max: usize,
}

impl FdStore {
    pub fn new(max: usize) -> FdStore {
        FdStore { stored: Vec::new(), max }
    }

    /// Stores descriptors as far as there is room; returns what became of them. An open file that is already stored is
    /// kept once, under its first name.
    pub fn add(&mut self, fds: Vec<ForeignFd>, name: &str, poll: bool) -> Kept {
        let mut kept = Kept::default();
        for fd in fds {
            if fd.is_path_only() {
                kept.path_only += 1;
            } else if self.stored.iter().any(|stored| stored.fd.is_same_file(&fd)) {
                kept.known += 1;
            } else if self.stored.len() >= self.max {
                kept.no_room += 1;
            } else {
                kept.added += 1;
                self.stored.push(Stored { fd, name: name.to_owned(), poll });
            }
        }
        kept
    }

    /// Closes all descriptors with a name; returns their number.
    pub fn remove(&mut self, name: &str) -> usize {
        let before = self.stored.len();
        self.stored.retain(|stored| stored.name != name);
        before - self.stored.len()
    }

    pub fn clear(&mut self) {
        self.stored.clear();
    }
}
