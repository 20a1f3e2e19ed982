//! What a program loads by dlopen(): the libraries and module directories that its string constants name, and those of
//! its package or prefix.

use super::elf::{self, Elf, Kind};
use super::limits::Limits;
use super::package;
use super::search::{Inherited, Search};
use super::strings::is_library;
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The depth to which module directories are searched.
const DEPTH: usize = 6;

/// A file that loads others at run time.
pub struct Loader {
    pub path: PathBuf,
    pub elf: Elf,
    pub inherited: Inherited,
}

/// Looks for modules, each directory once.
pub struct Modules<'a> {
    search: &'a Search,
    seen: HashSet<PathBuf>,
    /// The directories that have modules.
    pub directories: BTreeSet<PathBuf>,
}

impl<'a> Modules<'a> {
    pub fn new(search: &'a Search) -> Modules<'a> {
        Modules { search, seen: HashSet::new(), directories: BTreeSet::new() }
    }

    /// The files that the string constants of a file name.
    pub fn named(&mut self, loader: &Loader, limits: &mut Limits) -> BTreeSet<PathBuf> {
        let Loader { path, elf, inherited } = loader;
        let mut files = BTreeSet::new();
        let mut directories = Vec::new();
        for place in elf.strings.paths.iter().flat_map(|place| self.search.installed(Path::new(place))) {
            if limits.look_up(1) && place.is_dir() {
                self.directory(&place, elf.kind, limits, &mut files);
                directories.push(place);
            }
        }
        for name in &elf.strings.libraries {
            let beside = directories.iter().map(|directory| directory.join(name));
            if !limits.look_up(directories.len() + inherited.rpath.len() + elf.runpath.len() + 8) {
                break;
            }
            files.extend(beside.filter(|file| elf::kind(file) == Some(elf.kind)));
            // A name without a slash is searched for like a library; a relative one depends on the current directory.
            if name.starts_with('/') || !name.contains('/') {
                files.extend(self.search.find(name, path, elf, inherited));
            }
        }
        files
    }

    /// The modules in the package of a program and in its prefix.
    pub fn of_package(&mut self, program: &Path, kind: Kind, limits: &mut Limits) -> BTreeSet<PathBuf> {
        let mut files = BTreeSet::new();
        for place in package::directories(program) {
            for place in self.search.installed(&place) {
                self.directory(&place, kind, limits, &mut files);
            }
        }
        files
    }

    /// The modules in a directory, unless that holds the libraries or programs of the whole system.
    fn directory(&mut self, directory: &Path, kind: Kind, limits: &mut Limits, files: &mut BTreeSet<PathBuf>) {
        let real = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_path_buf());
        if self.search.is_for_libraries(&real, kind) || real.ends_with("bin") || real.ends_with("sbin") {
            return;
        }
        let depth = if is_private(&real) { DEPTH } else { 0 };
        let mut waiting = vec![(real, depth)];
        while let Some((directory, depth)) = waiting.pop() {
            if !self.seen.insert(directory.clone()) {
                continue;
            }
            for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
                if !limits.look_up(1) {
                    return;
                }
                let path = entry.path();
                match entry.file_type() {
                    Ok(of) if of.is_dir() && depth > 0 => waiting.push((path, depth - 1)),
                    Ok(of) if of.is_dir() => {}
                    // A link to a file counts; a link to a directory is not followed.
                    Ok(_) if is_module(&path) && elf::kind(&path) == Some(kind) => {
                        self.directories.insert(directory.clone());
                        files.insert(path);
                    }
                    _ => {}
                }
            }
        }
    }
}

fn is_module(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(is_library)
}

/// Whether a directory belongs to one program: `/usr/lib/NAME`, but neither /usr/lib nor the data in /var/lib.
fn is_private(directory: &Path) -> bool {
    let names: Vec<&str> = directory
        .components()
        .filter_map(|part| if let Component::Normal(name) = part { name.to_str() } else { None })
        .collect();
    let lib = names.iter().position(|name| name.starts_with("lib"));
    lib.is_some_and(|at| at + 1 < names.len()) && names.first().is_some_and(|first| *first != "var")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_with_a_tree_of_modules() {
        for path in ["/usr/lib/php", "/usr/lib64/httpd/modules", "/opt/x/lib/plugins", "/usr/libexec/y"] {
            assert!(is_private(Path::new(path)), "{path}");
        }
        for path in ["/", "/usr", "/usr/lib", "/var/lib/mysql", "/etc/apache2", "/home/user"] {
            assert!(!is_private(Path::new(path)), "{path}");
        }
    }
}
