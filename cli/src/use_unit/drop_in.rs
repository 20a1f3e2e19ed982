//! The file that switches one unit over. Its first line marks it as ours; any other file is left alone.
#![forbid(unsafe_code)]

use crate::check::describe;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Its name sorts after most others, whose settings it must override.
pub const FILE: &str = "zz-sdnotify.conf";

const MARK: &str = "# Written by sdnotify use; sdnotify use --revert removes it.\n";

pub struct DropIn {
    directory: PathBuf,
}

impl DropIn {
    pub fn new(units: &Path, id: &str) -> DropIn {
        DropIn { directory: units.join(format!("{id}.d")) }
    }

    pub fn path(&self) -> PathBuf {
        self.directory.join(FILE)
    }

    /// Our own file, if it exists.
    fn previous(&self) -> Result<Option<String>, String> {
        match fs::read_to_string(self.path()) {
            Ok(text) if text.starts_with(MARK) => Ok(Some(text)),
            Ok(_) => Err(format!("{}: not written by sdnotify use; left as it is", self.path().display())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(problem(&self.path(), &error)),
        }
    }

    /// Writes the file; returns its previous content.
    pub fn write(&self, library: &str) -> Result<Option<String>, String> {
        let previous = self.previous()?;
        self.put(&format!("{MARK}[Service]\nEnvironment=LD_LIBRARY_PATH={library}\n"))?;
        Ok(previous)
    }

    /// In one step: the manager may read at any time.
    fn put(&self, text: &str) -> Result<(), String> {
        fs::create_dir_all(&self.directory).map_err(|error| problem(&self.directory, &error))?;
        let new = self.directory.join(format!(".{FILE}.new"));
        let _ = fs::remove_file(&new);
        let create = || File::create_new(&new)?.write_all(text.as_bytes());
        let written = create().and_then(|()| fs::rename(&new, self.path()));
        written.map_err(|error| {
            let _ = fs::remove_file(&new);
            let _ = fs::remove_dir(&self.directory);
            problem(&self.path(), &error)
        })
    }

    /// Undoes a [`write`](Self::write).
    pub fn restore(&self, previous: Option<String>) -> Result<(), String> {
        match previous {
            Some(text) => self.put(&text),
            None => self.remove().map(|_| ()),
        }
    }

    /// Removes it, and its directory unless others are in it; whether it was there.
    pub fn remove(&self) -> Result<bool, String> {
        if self.previous()?.is_none() {
            return Ok(false);
        }
        fs::remove_file(self.path()).map_err(|error| problem(&self.path(), &error))?;
        let _ = fs::remove_dir(&self.directory);
        Ok(true)
    }
}

fn problem(path: &Path, error: &std::io::Error) -> String {
    let advice = match error.kind() {
        ErrorKind::ReadOnlyFilesystem => "; --runtime writes below /run, until the next boot",
        ErrorKind::PermissionDenied => "; run as root, or use --user for a unit of your own",
        _ => "",
    };
    format!("{}: {}{advice}", path.display(), describe(error))
}
