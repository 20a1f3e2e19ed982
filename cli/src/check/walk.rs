//! A program and everything that belongs to it: what the dynamic linker would load, and what may be loaded at run time.

use super::covered::{Covered, LIBSYSTEMD};
use super::elf;
use super::findings::Findings;
use super::limits::Limits;
use super::modules::{Loader, Modules};
use super::search::{Inherited, Search};
use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

pub struct Walk<'a> {
    pub findings: Findings,
    pub limits: Limits,
    search: &'a Search,
    covered: &'a Covered,
    modules: Modules<'a>,
    seen: HashSet<PathBuf>,
    /// Libraries loaded so far, which are not searched for again, wherever they were found.
    names: HashSet<OsString>,
    /// Files still to be examined, each with what it inherits.
    found: Vec<(PathBuf, Inherited)>,
}

/// How a file comes into a process.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// With the program, when it starts.
    Linked,
    /// Likewise, but the script tells better what it loads.
    Interpreter,
    /// At run time.
    Module,
}

impl<'a> Walk<'a> {
    pub fn new(target: &Path, search: &'a Search, covered: &'a Covered) -> Walk<'a> {
        Walk {
            findings: Findings { target: target.to_string_lossy().into_owned(), ..Findings::default() },
            limits: Limits::new(),
            search,
            covered,
            modules: Modules::new(search),
            seen: HashSet::new(),
            names: HashSet::new(),
            found: Vec::new(),
        }
    }

    /// A program or library and its own libraries.
    pub fn linked(&mut self, start: &Path) {
        self.walk(start, &Inherited::default(), Role::Linked);
    }

    /// The interpreter of a script.
    pub fn interpreter(&mut self, start: &Path) {
        self.walk(start, &Inherited::default(), Role::Interpreter);
    }

    /// A file that is loaded at run time.
    pub fn module(&mut self, path: PathBuf) {
        self.found.push((path, Inherited::default()));
    }

    /// A file that cannot be examined.
    pub fn problem(&mut self, path: &Path, problem: &str) {
        self.findings.problems.push(format!("{}: {problem}", path.display()));
    }

    /// A text that names libsystemd and functions in it.
    pub fn looks_up(&mut self, path: &Path, functions: &BTreeSet<String>) {
        self.findings.may_load(path, functions, self.covered);
    }

    /// Adds the modules that a program names in its constants and that its package has, if anything in it loads
    /// modules.
    pub fn modules_of(&mut self, program: &Path) {
        // The program may load them through a library, such as GLib's or Apache's.
        let Ok(elf) = elf::read(program) else { return };
        if self.findings.loaders.is_empty() {
            return;
        }
        let kind = elf.kind;
        let loader = Loader { path: program.to_path_buf(), elf, inherited: Inherited::default() };
        let mut files = self.modules.named(&loader, &mut self.limits);
        files.extend(self.modules.of_package(program, kind, &mut self.limits));
        self.found.extend(files.into_iter().map(|file| (file, Inherited::default())));
    }

    /// Examines all modules, and theirs in turn.
    pub fn finish(mut self) -> Findings {
        while let Some((path, inherited)) = self.found.pop() {
            if !self.limits.load(&path) {
                break;
            }
            self.walk(&path, &inherited, Role::Module);
        }
        if self.limits.is_cut() {
            self.findings.problems.push("more files than the limit allows".into());
        }
        self.findings.directories = std::mem::take(&mut self.modules.directories);
        self.findings
    }

    /// Examines a file and everything that the dynamic linker would load for it. What libsystemd itself needs does not
    /// matter, as it is to be replaced.
    fn walk(&mut self, start: &Path, inherited: &Inherited, role: Role) {
        let mut waiting = vec![(start.to_path_buf(), inherited.clone())];
        while let Some((path, inherited)) = waiting.pop() {
            let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            let name = path.file_name().unwrap_or_default();
            if !self.seen.insert(real) || name == LIBSYSTEMD {
                continue;
            }
            self.names.insert(name.to_owned());
            let elf = match elf::read(&path) {
                Ok(elf) => elf,
                Err(problem) => {
                    self.problem(&path, &problem);
                    continue;
                }
            };
            match role {
                Role::Linked | Role::Interpreter => self.findings.files += 1,
                Role::Module => drop(self.findings.modules.insert(path.clone())),
            }
            self.findings.add(&path, &elf, self.covered);
            let handed_down = self.search.rpath(&path, &elf, &inherited);
            for name in elf.needed.iter().filter(|name| *name != LIBSYSTEMD) {
                match self.search.find(name, &path, &elf, &inherited) {
                    Some(found) => waiting.push((found, handed_down.clone())),
                    None if role == Role::Module => {
                        if !self.names.contains(std::ffi::OsStr::new(name)) {
                            self.findings.unresolved.entry(name.clone()).or_default().insert(path.clone());
                        }
                    }
                    None => drop(self.findings.not_found.entry(name.clone()).or_default().insert(path.clone())),
                }
            }
            if elf.loads && role == Role::Interpreter {
                self.findings.loaders.remove(&path);
            } else if elf.loads {
                if elf.strings.cut {
                    self.problem(&path, "more names than the limit allows");
                }
                let loader = Loader { path, elf, inherited };
                let files: BTreeSet<PathBuf> = self.modules.named(&loader, &mut self.limits);
                self.found.extend(files.into_iter().map(|file| (file, handed_down.clone())));
            }
        }
    }
}
