//! The libraries under test: ours in its two forms, and libsystemd's.

use crate::tree::{self, top};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Library {
    /// libsdnotify.so.0
    Ours,
    /// Our libsystemd.so.0, for unmodified binaries.
    DropIn,
    /// The libsystemd.so.0 of this machine.
    Theirs,
    /// The one of Debian trixie, with its own loader and C library.
    Trixie,
    /// The one of Debian forky, with its own loader and C library: the one whose behaviour is ours.
    Newest,
}

impl Library {
    /// Those that are always there.
    pub const ALL: [Library; 3] = [Library::Ours, Library::DropIn, Library::Theirs];

    /// All that are compared, the reference first.
    pub const EVERY: [Library; 5] = [Library::Newest, Library::Trixie, Library::Theirs, Library::Ours, Library::DropIn];

    /// What to give to `dlopen()`.
    pub fn path(self) -> PathBuf {
        match self {
            Library::Ours => tree::installed().join("lib/libsdnotify.so.0"),
            Library::DropIn => tree::installed().join("lib/libsdnotify/libsystemd.so.0"),
            Library::Theirs | Library::Trixie | Library::Newest => PathBuf::from("libsystemd.so.0"),
        }
    }

    pub fn is_ours(self) -> bool {
        matches!(self, Library::Ours | Library::DropIn)
    }

    /// The Debian release whose root tree the library is run from.
    fn suite(self) -> Option<&'static str> {
        match self {
            Library::Trixie => Some("trixie"),
            Library::Newest => Some("forky"),
            _ => None,
        }
    }

    /// The root tree, for a library that comes with its own; or why it is not to be had here.
    pub fn root(self) -> Option<&'static Result<PathBuf, String>> {
        static TRIXIE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        static NEWEST: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        let suite = self.suite()?;
        let cell = if self == Library::Trixie { &TRIXIE } else { &NEWEST };
        Some(cell.get_or_init(|| debian_root(suite)))
    }

    /// How to run a program of this machine with the library's own loader and C library; it is not given the library.
    pub fn command(self, program: &Path) -> Result<Command, String> {
        if self.is_ours()
            && let Ok(there) = std::env::var("SDNOTIFY_PROBE")
        {
            // Ours is for another machine: the words of the variable run the program as it was compiled for that one.
            let mut words = there.split_whitespace();
            let mut command = Command::new(words.next().unwrap_or_default());
            command.args(words);
            return Ok(command);
        }
        let Some(root) = self.root() else {
            return Ok(Command::new(program));
        };
        let root = root.as_ref().map_err(String::clone)?;
        let libraries = root.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
        let loader = loader(root)?;
        let mut command = Command::new(loader);
        command.arg("--library-path").arg(libraries).arg(program);
        Ok(command)
    }
}

fn loader(root: &Path) -> Result<PathBuf, String> {
    ["lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1"]
        .iter()
        .map(|path| root.join(path))
        .find(|path| path.exists())
        .ok_or(format!("{}: no loader in it", root.display()))
}

fn debian_root(suite: &str) -> Result<PathBuf, String> {
    let output = Command::new(top().join("tests/support/debian-root")).arg(suite).output();
    let output = output.map_err(|error| format!("debian-root {suite}: {error}"))?;
    if output.status.success() {
        Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end()))
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
    }
}
