//! The findings about a target, and the verdict.
#![forbid(unsafe_code)]

use super::covered::Covered;
use super::elf::{Elf, Import};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Names, each with the files that need it.
pub type Wanted<T> = BTreeMap<T, BTreeSet<PathBuf>>;

#[derive(Default)]
pub struct Findings {
    pub target: String,
    /// Symbols of libsystemd that are needed and covered.
    pub used: Wanted<String>,
    pub missing: Wanted<Import>,
    /// Libraries that were not found.
    pub not_found: Wanted<String>,
    /// The same for files loaded at run time, which therefore cannot be loaded.
    pub unresolved: Wanted<String>,
    /// Files that could not be read.
    pub problems: Vec<String>,
    /// Files that may load libsystemd at run time.
    pub may_load: BTreeSet<PathBuf>,
    /// Files that call dlopen().
    pub loaders: BTreeSet<PathBuf>,
    /// Files that are or may be loaded at run time, with their own libraries; and the directories that they were found
    /// in.
    pub modules: BTreeSet<PathBuf>,
    pub directories: BTreeSet<PathBuf>,
    /// The number of scripts and their modules that were read, and those that load by computed names.
    pub texts: usize,
    pub computed: BTreeSet<PathBuf>,
    /// All other files.
    pub files: usize,
}

impl Findings {
    /// Whether nothing required is missing, as far as was seen.
    pub fn is_covered(&self) -> bool {
        self.missing.keys().all(|import| import.weak)
    }

    /// Whether only files that may be loaded at run time lack something.
    pub fn is_covered_without_modules(&self) -> bool {
        let at_run_time = |file: &PathBuf| self.modules.contains(file) || self.may_load.contains(file);
        self.missing.iter().all(|(import, files)| import.weak || files.iter().all(at_run_time))
    }

    /// Whether everything was found and could be read.
    pub fn is_complete(&self) -> bool {
        self.not_found.is_empty() && self.problems.is_empty()
    }

    /// Whether nothing else can be loaded.
    pub fn is_certain(&self) -> bool {
        let has_no_modules = self.loaders.is_empty() && self.modules.is_empty() && self.texts == 0;
        self.is_complete() && self.may_load.is_empty() && has_no_modules
    }

    /// Adds what a file needs.
    pub fn add(&mut self, path: &Path, elf: &Elf, covered: &Covered) {
        for import in &elf.imports {
            self.want(path, import.clone(), covered);
        }
        if elf.loads {
            self.loaders.insert(path.to_path_buf());
        }
        if !elf.needs_libsystemd() && elf.strings.libsystemd {
            self.may_load(path, &elf.strings.functions, covered);
        }
    }

    /// A file that names libsystemd, and functions to look up in it.
    pub fn may_load(&mut self, path: &Path, functions: &BTreeSet<String>, covered: &Covered) {
        self.may_load.insert(path.to_path_buf());
        for symbol in functions {
            self.want(path, Import { symbol: symbol.clone(), version: None, weak: false }, covered);
        }
    }

    fn want(&mut self, path: &Path, import: Import, covered: &Covered) {
        let files = if covered.has(&import) {
            self.used.entry(import.symbol).or_default()
        } else {
            self.missing.entry(import).or_default()
        };
        files.insert(path.to_path_buf());
    }
}
