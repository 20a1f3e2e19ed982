//! What cargo has built of other people's crates, shared with copies of the sources: most of a build's time goes there, and
//! which copy has built them makes no difference to cargo.

use crate::tree::{run, top};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The profiles of the libraries, of the command and of cargo's own commands, as directories in target/.
pub const LIBRARIES: &str = "release";
pub const COMMAND: &str = "command";
pub const DEVELOPMENT: &str = "debug";

/// Copies them from this checkout's target/ into another target directory. Those that are not there are built by who
/// needs them, so this only saves time.
pub fn share_crates(profile: &str, target: &Path) {
    let from = top().join("target").join(profile);
    let to = target.join(profile);
    if !from.exists() || to.exists() {
        return;
    }
    let lock = std::fs::read_to_string(top().join("Cargo.lock")).expect("Cargo.lock");
    let names = names_from_registries(&lock);
    std::fs::create_dir_all(&to).expect("a directory");
    for (directory, prefixes) in [("deps", &["lib", ""][..]), ("build", &[""]), (".fingerprint", &[""])] {
        let Ok(entries) = std::fs::read_dir(from.join(directory)) else { continue };
        let is_theirs = |file: &str| {
            let stem = file.rsplit_once('-').map_or("", |(stem, _)| stem);
            let mut candidates = prefixes.iter().filter_map(|prefix| stem.strip_prefix(prefix));
            candidates.any(|name| names.contains(&name.replace('_', "-")))
        };
        let files = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let files: Vec<String> = files.filter(|file| is_theirs(file)).collect();
        if files.is_empty() {
            continue;
        }
        std::fs::create_dir(to.join(directory)).expect("a directory");
        // By their times cargo knows what is newer than what.
        let mut copy = Command::new("cp");
        copy.args(["--archive", "--reflink=auto", "--target-directory"]).arg(to.join(directory)).arg("--").args(files);
        run(copy.current_dir(from.join(directory)));
    }
}

/// The names, with dashes, of the locked crates that are not of this workspace.
fn names_from_registries(lock: &str) -> BTreeSet<String> {
    let packages = lock.split("[[package]]").filter(|package| package.contains("\nsource = \"registry+"));
    let names = packages.filter_map(|package| package.split_once("name = \"")?.1.split('"').next());
    names.map(|name| name.replace('_', "-")).collect()
}
