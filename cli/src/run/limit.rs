//! The limit on open descriptors: raised as far as possible here, to store those of others, and unchanged in the
//! service.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// More than this program uses at any time.
const OWN: u64 = 32;

/// What was set before.
#[derive(Clone, Copy)]
pub struct Limit {
    soft: u64,
    hard: u64,
}

impl Limit {
    /// Raises the limit as far as possible without privileges.
    pub fn raise() -> Option<Limit> {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard).ok()?;
        Some(Limit { soft, hard })
    }

    /// The number of descriptors that may be stored, which leaves some for this program.
    pub fn room(self) -> usize {
        usize::try_from(self.hard.saturating_sub(OWN)).unwrap_or(usize::MAX)
    }

    pub fn restore(self) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, self.soft, self.hard);
    }
}
