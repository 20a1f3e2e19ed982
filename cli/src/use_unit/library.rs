//! Where our libsystemd.so.0 is installed, for the architecture of a program.
#![forbid(unsafe_code)]

use crate::check::{Kind, kind};
use std::fs;
use std::path::{Path, PathBuf};

/// The directory; `given`, or one beside this command: PREFIX/bin/sdnotify is installed with PREFIX/lib*/libsdnotify, on
/// Debian PREFIX/lib/TRIPLET/libsdnotify.
pub fn find(given: Option<&Path>, wanted: Kind) -> Result<String, String> {
    let (directories, place) = match given {
        Some(directory) => {
            let whole = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_path_buf());
            (vec![whole], format!("in {}", directory.display()))
        }
        None => {
            let command = std::env::current_exe().map_err(|error| error.to_string())?;
            let prefix = command.parent().and_then(Path::parent).unwrap_or(Path::new("/")).to_path_buf();
            (beside(&prefix), format!("below {}/lib (Debian: package libsdnotify-compat)", prefix.display()))
        }
    };
    let fits = |directory: &&PathBuf| kind(&directory.join("libsystemd.so.0")) == Some(wanted);
    let found = directories.iter().find(fits);
    let found = found.ok_or_else(|| format!("no libsystemd.so.0 for the program's architecture {place}"))?;
    // Also neither space nor %, which mean something in a unit file, nor a colon, which ends a directory.
    let plain = |text: &&str| text.chars().all(|c| c.is_ascii_alphanumeric() || "/._+-~".contains(c));
    let text = found.to_str().filter(plain);
    text.map(str::to_owned).ok_or_else(|| format!("{}: a unit file cannot hold this path", found.display()))
}

fn beside(prefix: &Path) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = ["lib", "lib64", "lib32"].iter().map(|name| prefix.join(name)).collect();
    let triplets = fs::read_dir(prefix.join("lib")).into_iter().flatten().flatten().map(|entry| entry.path());
    places.extend(triplets);
    places.iter_mut().for_each(|place| place.push("libsdnotify"));
    places.sort();
    places
}
