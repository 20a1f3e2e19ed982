//! The descriptors that the service wants to have back when it is started again.

use std::os::fd::OwnedFd;

pub struct Stored {
    pub fd: OwnedFd,
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

    /// Keeps descriptors as far as there is room; how many were kept and how many not.
    pub fn add(&mut self, fds: Vec<OwnedFd>, name: &str, poll: bool) -> (usize, usize) {
        let all = fds.len();
        let room = self.max.saturating_sub(self.stored.len()).min(all);
        self.stored.extend(fds.into_iter().take(room).map(|fd| Stored { fd, name: name.to_owned(), poll }));
        (room, all - room)
    }

    /// Closes all of a name; how many there were.
    pub fn remove(&mut self, name: &str) -> usize {
        let before = self.stored.len();
        self.stored.retain(|stored| stored.name != name);
        before - self.stored.len()
    }

    pub fn clear(&mut self) {
        self.stored.clear();
    }
}
