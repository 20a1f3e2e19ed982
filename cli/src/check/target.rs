//! One target: a program, a directory or a process.

use super::covered::{Covered, LIBSYSTEMD};
use super::elf;
use super::findings::Findings;
use super::script;
use super::search::Search;
use super::walk::Walk;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Examines a target. The error says why it cannot be done at all.
pub fn examine(target: &Path, covered: &Covered) -> Result<Findings, String> {
    let pid = target.to_str().and_then(|text| text.parse::<u32>().ok()).filter(|_| !target.exists());
    let mut search = Search::new();
    if let Some(pid) = pid {
        let mut findings = Findings { target: pid.to_string(), ..Findings::default() };
        for (path, readable) in mapped(pid)? {
            match readable.as_deref().map(elf::read) {
                Some(Ok(elf)) => {
                    findings.files += 1;
                    findings.add(&path, &elf, covered);
                }
                Some(Err(problem)) => findings.problems.push(format!("{}: {problem}", path.display())),
                None => findings
                    .problems
                    .push(format!("{}: replaced since the process started, or unreadable", path.display())),
            }
        }
        return Ok(findings);
    }
    if target.is_dir() {
        let (files, scripts) = below(target);
        if files.is_empty() && scripts.is_empty() {
            return Err("contains no program".into());
        }
        search.set_package(target, &files);
        let mut walk = Walk::new(target, &search, covered);
        files.iter().for_each(|file| walk.linked(file));
        for file in scripts {
            script::examine(&file, &search, &mut walk).unwrap_or_else(|problem| walk.problem(&file, &problem));
        }
        return Ok(walk.finish());
    }
    if script::is_script(target) {
        let mut walk = Walk::new(target, &search, covered);
        script::examine(target, &search, &mut walk)?;
        return Ok(walk.finish());
    }
    // An error in the program itself is returned; errors in libraries are findings.
    elf::read(target)?;
    let mut walk = Walk::new(target, &search, covered);
    walk.linked(target);
    walk.modules_of(target);
    Ok(walk.finish())
}

/// All ELF files in a directory, and the scripts whose imports can be read; links are not followed.
fn below(directory: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut files, mut scripts) = (Vec::new(), Vec::new());
    let mut waiting = vec![directory.to_path_buf()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                Ok(kind) if kind.is_file() && elf::is_elf(&entry.path()) => files.push(entry.path()),
                Ok(kind) if kind.is_file() && script::is_readable(&entry.path()) => scripts.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    scripts.sort();
    (files, scripts)
}

/// The ELF files that a process has mapped, and where they can be read: it may have another root directory.
fn mapped(pid: u32) -> Result<Vec<(PathBuf, Option<PathBuf>)>, String> {
    let maps = fs::read(format!("/proc/{pid}/maps")).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or process".to_owned(),
        _ => elf::describe(&error),
    })?;
    let maps = String::from_utf8_lossy(&maps);
    // Each with whether it contains code: the second word has the permissions, as in rwxp.
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
    if files.is_empty() {
        Err("no program found: a kernel thread, or a process that you may not inspect".into())
    } else {
        Ok(files)
    }
}
