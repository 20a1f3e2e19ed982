//! The libraries under test: ours in its two forms, and libsystemd's.

use crate::tree::{self, top};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the answers of libsystemd are recorded, a file for each release of systemd.
pub const RECORDED: &str = "tests/reference/answers";

/// The directory of [`RECORDED`], or another by `$SDNOTIFY_ANSWERS`.
pub fn records() -> PathBuf {
    std::env::var_os("SDNOTIFY_ANSWERS").map_or_else(|| top().join(RECORDED), PathBuf::from)
}

/// The releases that have a record, the oldest first. The newest is the one whose behaviour is ours.
pub fn recorded() -> Vec<u32> {
    recorded_in(&records())
}

/// Those of which a directory has a record.
pub fn recorded_in(directory: &Path) -> Vec<u32> {
    let files = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut releases: Vec<u32> = files.filter_map(|file| file.file_name().to_str()?.parse().ok()).collect();
    releases.sort_unstable();
    releases
}

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
    /// The one of Debian forky, with its own loader and C library.
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

    /// The same for the functions of sd-journal.h, which are a library of their own in ours.
    pub fn journal_path(self) -> PathBuf {
        match self {
            Library::Ours => tree::installed().join("lib/libsdjournal.so.0"),
            _ => self.path(),
        }
    }

    pub fn is_ours(self) -> bool {
        matches!(self, Library::Ours | Library::DropIn)
    }

    /// Whose it is, for messages.
    pub fn of(self) -> &'static str {
        match self {
            Library::Ours => "libsdnotify",
            Library::DropIn => "libsdnotify as libsystemd.so.0",
            Library::Theirs => "this machine's libsystemd",
            Library::Trixie => "Debian trixie's libsystemd",
            Library::Newest => "Debian forky's libsystemd",
        }
    }

    /// Which release of systemd a libsystemd is of, by its package; or why it cannot be run here.
    pub fn release(self) -> Result<u32, String> {
        let (program, arguments) = match self.root() {
            None => (
                "dpkg-query",
                vec!["-W".to_owned(), "-f".to_owned(), "(${Version}".to_owned(), "libsystemd0".to_owned()],
            ),
            Some(root) => {
                let root = root.as_ref().map_err(String::clone)?;
                let changes = root.join("usr/share/doc/libsystemd0/changelog.Debian.gz");
                ("zcat", vec![changes.display().to_string()])
            }
        };
        let output = Command::new(program).args(arguments).output().map_err(|error| format!("{program}: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.split_once('(').map_or("", |(_, version)| version);
        let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().map_err(|_| {
            format!("{program} does not say its version: {}", String::from_utf8_lossy(&output.stderr).trim_end())
        })
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
        // The last line is debian-root's own.
        let said = String::from_utf8_lossy(&output.stderr);
        Err(said.lines().last().unwrap_or("no root tree").to_owned())
    }
}
