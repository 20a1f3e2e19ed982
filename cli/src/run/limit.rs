//! How many descriptors may be open: as many as possible here, where others have theirs kept; what was set, in the service.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// What was set before.
#[derive(Clone, Copy)]
pub struct Limit {
    soft: u64,
    hard: u64,
}

impl Limit {
    /// Raises the limit as far as it goes without a privilege.
    pub fn raise() -> Option<Limit> {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard).ok()?;
        Some(Limit { soft, hard })
    }

    pub fn restore(self) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, self.soft, self.hard);
    }
}
