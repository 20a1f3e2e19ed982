//! Where the dynamic linker looks for a library: ld.so(8).

use super::elf::{self, Elf, Kind};
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The most inherited search paths to keep.
const INHERITED: usize = 128;

/// The search paths that a library inherits from those that load it.
#[derive(Clone, Default)]
pub struct Inherited {
    /// DT_RPATH of the loaders, nearest first; $ORIGIN is replaced.
    pub rpath: Vec<PathBuf>,
}

pub struct Search {
    library_path: Vec<PathBuf>,
    system: Vec<PathBuf>,
    /// The directory that was given as a target, and all libraries in it.
    package: Option<(PathBuf, HashMap<String, PathBuf>)>,
}

impl Search {
    pub fn new() -> Search {
        let library_path = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
        // An empty entry is the current directory, an empty variable nothing.
        let library_path =
            if library_path.is_empty() { Vec::new() } else { std::env::split_paths(&library_path).collect() };
        let mut system = Vec::new();
        read_configuration(Path::new("/etc/ld.so.conf"), &mut system, &mut HashSet::new());
        Search { library_path, system, package: None }
    }

    /// The files of a package count as installed.
    pub fn set_package(&mut self, directory: &Path, files: &[PathBuf]) {
        let name = |file: &PathBuf| Some((file.file_name()?.to_str()?.to_owned(), file.clone()));
        self.package = Some((directory.to_path_buf(), files.iter().filter_map(name).collect()));
    }

    /// The possible places of a path: in the directory that was given as a target, and on this machine.
    pub fn installed(&self, path: &Path) -> Vec<PathBuf> {
        let within = |package: &Path| package.join(path.strip_prefix("/").unwrap_or(path));
        let package = self.package.iter().map(|(directory, _)| within(directory));
        package.chain([path.to_path_buf()]).collect()
    }

    /// Whether the dynamic linker searches a directory, which is then not one of modules.
    pub fn is_for_libraries(&self, directory: &Path, kind: Kind) -> bool {
        let same = |place: &PathBuf| fs::canonicalize(place).is_ok_and(|place| place == directory);
        let places = self.library_path.iter().chain(&self.system).cloned();
        places.chain(default_places(kind)).flat_map(|place| self.installed(&place)).any(|place| same(&place))
    }

    /// The file that a needed name stands for, of the same kind as the file that needs it.
    pub fn find(&self, name: &str, wanted_by: &Path, elf: &Elf, inherited: &Inherited) -> Option<PathBuf> {
        let fits = |path: &PathBuf| elf::kind(path) == Some(elf.kind);
        if name.contains('/') {
            return Some(expand(name, wanted_by, elf)).filter(fits);
        }
        let runpath: Vec<PathBuf> = elf.runpath.iter().map(|path| expand(path, wanted_by, elf)).collect();
        // A file with DT_RUNPATH ignores DT_RPATH, its own and its loaders'.
        let rpath = if runpath.is_empty() { self.rpath(wanted_by, elf, inherited).rpath } else { Vec::new() };
        let places = rpath.iter().chain(&self.library_path).chain(&runpath).cloned();
        let places = places.chain(self.system.iter().cloned()).chain(default_places(elf.kind));
        for place in places {
            if let Some(found) = self.installed(&place.join(name)).into_iter().find(fits) {
                return Some(found);
            }
        }
        self.package.as_ref().and_then(|(_, files)| files.get(name).cloned()).filter(fits)
    }

    /// What the libraries of a file inherit.
    pub fn rpath(&self, path: &Path, elf: &Elf, inherited: &Inherited) -> Inherited {
        let mut rpath: Vec<PathBuf> = Vec::new();
        if elf.runpath.is_empty() {
            rpath.extend(elf.rpath.iter().map(|entry| expand(entry, path, elf)));
        }
        // Each loader adds its own; a long chain must not slow down every lookup.
        rpath.extend(inherited.rpath.iter().take(INHERITED).cloned());
        Inherited { rpath }
    }
}

/// Replaces $ORIGIN, $LIB and $PLATFORM, with or without braces.
fn expand(text: &str, of: &Path, elf: &Elf) -> PathBuf {
    let real = fs::canonicalize(of).unwrap_or_else(|_| of.to_path_buf());
    let origin = real.parent().unwrap_or(Path::new("/")).to_string_lossy().into_owned();
    let lib = match multiarch(elf.kind) {
        Some(tuple) => format!("lib/{tuple}"),
        None => "lib".to_owned(),
    };
    let platform = if elf.kind.machine == object::elf::EM_X86_64 { "x86_64" } else { "" };
    let mut text = text.to_owned();
    for (name, value) in [("ORIGIN", origin.as_str()), ("LIB", &lib), ("PLATFORM", platform)] {
        text = text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
    }
    PathBuf::from(text)
}

/// Debian's directory for libraries of a kind.
fn multiarch(kind: Kind) -> Option<&'static str> {
    Some(match kind.machine {
        object::elf::EM_X86_64 if kind.class == object::elf::ELFCLASS64 => "x86_64-linux-gnu",
        object::elf::EM_X86_64 => "x86_64-linux-gnux32",
        object::elf::EM_386 => "i386-linux-gnu",
        object::elf::EM_AARCH64 => "aarch64-linux-gnu",
        object::elf::EM_ARM => "arm-linux-gnueabihf",
        object::elf::EM_RISCV => "riscv64-linux-gnu",
        object::elf::EM_PPC64 => "powerpc64le-linux-gnu",
        object::elf::EM_S390 => "s390x-linux-gnu",
        _ => return None,
    })
}

fn default_places(kind: Kind) -> impl Iterator<Item = PathBuf> {
    let tuple = multiarch(kind);
    let with_tuple = ["/lib", "/usr/lib"].into_iter().filter_map(move |lib| Some(Path::new(lib).join(tuple?)));
    let wide = if kind.class == object::elf::ELFCLASS64 { ["/lib64", "/usr/lib64"] } else { ["/lib32", "/usr/lib32"] };
    with_tuple.chain(wide.into_iter().chain(["/lib", "/usr/lib"]).map(PathBuf::from))
}

/// The directories of ld.so.conf, from which the linker's cache is made; `include` takes a pattern for file names.
fn read_configuration(path: &Path, places: &mut Vec<PathBuf>, seen: &mut HashSet<PathBuf>) {
    if !seen.insert(path.to_path_buf()) {
        return;
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(patterns) = line.strip_prefix("include").filter(|rest| rest.starts_with([' ', '\t'])) {
            for pattern in patterns.split_whitespace() {
                let pattern = Path::new("/etc").join(pattern);
                for file in matching(&pattern) {
                    read_configuration(&file, places, seen);
                }
            }
        } else if line.starts_with('/') {
            places.push(PathBuf::from(line));
        }
    }
}

/// The files that a pattern with at most one `*`, in its last part, stands for.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    let name = pattern.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let Some((head, tail)) = name.split_once('*') else {
        return vec![pattern.to_path_buf()];
    };
    let entries = pattern.parent().and_then(|directory| fs::read_dir(directory).ok());
    let mut files: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail)
        })
        .collect();
    files.sort();
    files
}
