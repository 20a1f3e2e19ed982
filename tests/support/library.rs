//! The libraries under test: ours in its two forms, and libsystemd's.

use crate::tree;
use std::path::PathBuf;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Library {
    /// libsdnotify.so.0
    Ours,
    /// Our libsystemd.so.0, for unmodified binaries.
    DropIn,
    /// The libsystemd.so.0 of this machine.
    Theirs,
}

impl Library {
    pub const ALL: [Library; 3] = [Library::Ours, Library::DropIn, Library::Theirs];

    /// What to give to `dlopen()`.
    pub fn path(self) -> PathBuf {
        match self {
            Library::Ours => tree::installed().join("lib/libsdnotify.so.0"),
            Library::DropIn => tree::installed().join("lib/libsdnotify/libsystemd.so.0"),
            Library::Theirs => PathBuf::from("libsystemd.so.0"),
        }
    }

    pub fn is_ours(self) -> bool {
        self != Library::Theirs
    }
}
