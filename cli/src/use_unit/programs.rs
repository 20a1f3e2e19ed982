//! The programs of a unit: can all of them run on our library, and will the variable reach them?

use super::manager::Unit;
use crate::check::{Findings, Kind, Script, examine as check, kind, script, text};
use nix::libc;
use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct Programs {
    /// Of those that use libsystemd.
    pub kind: Kind,
    /// What the administrator should know.
    pub remarks: Vec<String>,
}

/// Examines them, and `runs`, which the unit's scripts start; the error says why the unit must stay as it is.
pub fn examine(unit: &Unit, runs: &[PathBuf]) -> Result<Programs, String> {
    if unit.programs.is_empty() {
        return Err("no ExecStart= or other command".into());
    }
    let named = unit.programs.iter().map(|(line, path)| (format!("{line}={}", path.display()), path.clone()));
    let named = named.chain(runs.iter().map(|path| (format!("--runs {}", path.display()), path.clone())));
    let mut kinds: Vec<Kind> = Vec::new();
    let mut remarks = Vec::new();
    for (what, path) in named {
        if !path.is_absolute() {
            return Err(format!("{what}: not an absolute path"));
        }
        // Many a line begins with a dash: what is not there is not run, and needs nothing.
        if !what.starts_with("ExecStart=") && !what.starts_with("--") && !path.exists() {
            continue;
        }
        // What is examined, and what the kernel starts for it.
        let (examined, program) = match script(&path).map_err(|reason| format!("{what}: {reason}"))? {
            None => (path.clone(), path),
            Some(Script { interpreter, readable: true }) => (path, interpreter),
            Some(_) if runs.is_empty() => {
                return Err(format!("{what}: is a script; name the programs that it starts with --runs"));
            }
            Some(Script { interpreter, .. }) => (interpreter.clone(), interpreter),
        };
        let found = check(&examined).map_err(|reason| format!("{what}: {reason}"))?;
        covered(&found).map_err(|reason| format!("{what}: {reason}"))?;
        if let Some(file) = found.may_load.iter().next() {
            remarks.push(format!(
                "{what}: {} may load libsystemd at run time and use functions that ours lacks",
                file.display()
            ));
        }
        if let Some(file) = found.computed.iter().next() {
            remarks.push(format!("{what}: {} imports by names that cannot be seen", file.display()));
        }
        if found.used.is_empty() {
            continue;
        }
        if let Some(reason) = privileged(&program) {
            return Err(format!("{what}: {reason}, so the loader ignores LD_LIBRARY_PATH"));
        }
        let kind = kind(&program).unwrap_or_default();
        if kinds.iter().any(|other| *other != kind) {
            return Err(format!("{what}: a different architecture from the unit's other programs"));
        }
        kinds.push(kind);
    }
    let nothing = "none of its programs is linked against libsystemd: nothing to switch; if its scripts or shells \
                   start one that is, name it with --runs";
    kinds.first().map(|kind| Programs { kind: *kind, remarks }).ok_or_else(|| nothing.into())
}

fn covered(found: &Findings) -> Result<(), String> {
    if found.is_covered() && found.is_complete() {
        return Ok(());
    }
    // In one line what check says in several.
    let said = text(found);
    let reasons: Vec<&str> = said.lines().skip(1).map(str::trim).collect();
    let verdict = if found.is_covered() { "could not be examined" } else { "not covered" };
    Err(format!("{verdict}: {}", reasons.join("; ")))
}

/// Whether the kernel starts it with more rights than its caller's (AT_SECURE).
fn privileged(path: &Path) -> Option<&'static str> {
    let mode = fs::metadata(path).ok()?.mode();
    if mode & 0o6000 != 0 {
        return Some("is setuid or setgid");
    }
    let name = CString::new(path.as_os_str().as_bytes()).ok()?;
    // SAFETY: both names are C strings that outlive the call, and for the length 0 nothing is written.
    let length = unsafe { libc::getxattr(name.as_ptr(), c"security.capability".as_ptr(), std::ptr::null_mut(), 0) };
    (length > 0).then_some("has file capabilities")
}
