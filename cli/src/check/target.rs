//! One target: the files that belong to it, and what they want.

use super::covered::{Covered, LIBSYSTEMD};
use super::elf::{self, Elf, Import};
use super::search::{Inherited, Search};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What was found out about a target.
#[derive(Default)]
pub struct Findings {
    pub target: String,
    /// Symbols of libsystemd that are wanted and there, each with the files that want it.
    pub used: BTreeMap<String, BTreeSet<PathBuf>>,
    pub missing: BTreeMap<Import, BTreeSet<PathBuf>>,
    /// Libraries that were not found, each with the files that want it.
    pub not_found: BTreeMap<String, BTreeSet<PathBuf>>,
    /// Files that could not be read.
    pub problems: Vec<String>,
    /// Files that may load libsystemd when they run.
    pub may_load: BTreeSet<PathBuf>,
    pub files: usize,
}

impl Findings {
    /// Whether nothing that must be there is missing, as far as was seen.
    pub fn is_covered(&self) -> bool {
        self.missing.keys().all(|import| import.weak)
    }

    /// Whether all was seen.
    pub fn is_complete(&self) -> bool {
        self.not_found.is_empty() && self.problems.is_empty()
    }
}

/// Examines a program, a directory or a process. The error says why it cannot be done at all.
pub fn examine(target: &Path, covered: &Covered) -> Result<Findings, String> {
    let mut findings = Findings { target: target.to_string_lossy().into_owned(), ..Findings::default() };
    let mut search = Search::new();
    let pid = target.to_str().and_then(|text| text.parse::<u32>().ok()).filter(|_| !target.exists());
    if let Some(pid) = pid {
        let files = mapped(pid)?;
        for file in files {
            match file.1 {
                Some(readable) => match elf::read(&readable) {
                    Ok(elf) => findings.add(&file.0, &elf, covered),
                    Err(problem) => findings.problems.push(format!("{}: {problem}", file.0.display())),
                },
                None => findings
                    .problems
                    .push(format!("{}: replaced since the process started, or unreadable", file.0.display())),
            }
        }
    } else if target.is_dir() {
        let files = below(target);
        if files.is_empty() {
            return Err("no ELF file in it".into());
        }
        search.set_package(target, &files);
        let mut seen = HashSet::new();
        for file in files {
            walk(&file, &search, covered, &mut findings, &mut seen);
        }
    } else {
        // An error with the program itself is the caller's; those with libraries are findings.
        elf::read(target)?;
        walk(target, &search, covered, &mut findings, &mut HashSet::new());
    }
    Ok(findings)
}

impl Findings {
    fn add(&mut self, path: &Path, elf: &Elf, covered: &Covered) {
        self.files += 1;
        for import in &elf.imports {
            if covered.has(import) {
                self.used.entry(import.symbol.clone()).or_default().insert(path.to_path_buf());
            } else {
                self.missing.entry(import.clone()).or_default().insert(path.to_path_buf());
            }
        }
        if !elf.needs_libsystemd() && elf.strings.libsystemd {
            self.may_load.insert(path.to_path_buf());
        }
    }
}

/// A file and all that the dynamic linker would load for it. libsystemd itself is what is to be replaced: what it
/// needs does not matter.
fn walk(start: &Path, search: &Search, covered: &Covered, findings: &mut Findings, seen: &mut HashSet<PathBuf>) {
    let mut waiting = vec![(start.to_path_buf(), Inherited::default())];
    while let Some((path, inherited)) = waiting.pop() {
        let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        if !seen.insert(real) || path.file_name().is_some_and(|name| name == LIBSYSTEMD) {
            continue;
        }
        let elf = match elf::read(&path) {
            Ok(elf) => elf,
            Err(problem) => {
                findings.problems.push(format!("{}: {problem}", path.display()));
                continue;
            }
        };
        findings.add(&path, &elf, covered);
        let handed_down = search.rpath(&path, &elf, &inherited);
        for name in elf.needed.iter().filter(|name| *name != LIBSYSTEMD) {
            match search.find(name, &path, &elf, &inherited) {
                Some(found) => waiting.push((found, handed_down.clone())),
                None => {
                    findings.not_found.entry(name.clone()).or_default().insert(path.clone());
                }
            }
        }
    }
}

/// All ELF files in a directory, not following links.
fn below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut waiting = vec![directory.to_path_buf()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                Ok(kind) if kind.is_file() && elf::is_elf(&entry.path()) => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

/// The ELF files that a process has mapped, and where they can be read: it may have another root directory.
fn mapped(pid: u32) -> Result<Vec<(PathBuf, Option<PathBuf>)>, String> {
    let maps = fs::read(format!("/proc/{pid}/maps")).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or process".to_owned(),
        _ => elf::describe(&error),
    })?;
    let maps = String::from_utf8_lossy(&maps);
    // Each with whether there is code in it: the second word has the permissions, as in rwxp.
    let mut paths: BTreeMap<&str, bool> = BTreeMap::new();
    for (line, start) in maps.lines().filter_map(|line| Some((line, line.find('/')?))) {
        *paths.entry(&line[start..]).or_default() |= line.split(' ').nth(1).is_some_and(|word| word.contains('x'));
    }
    let mut files = Vec::new();
    for (path, is_code) in paths {
        if Path::new(path).file_name().is_some_and(|name| name == LIBSYSTEMD) {
            continue;
        }
        let readable = PathBuf::from(format!("/proc/{pid}/root{path}"));
        if elf::is_elf(&readable) {
            files.push((PathBuf::from(path), Some(readable)));
        } else if is_code {
            files.push((PathBuf::from(path.strip_suffix(" (deleted)").unwrap_or(path)), None));
        }
    }
    if files.is_empty() { Err("no program in it: a kernel thread, or not ours to look at".into()) } else { Ok(files) }
}
