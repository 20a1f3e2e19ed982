//! `sdnotify check`: whether our libsystemd.so.0 is sufficient for a program.

mod covered;
mod elf;
mod findings;
mod limits;
mod modules;
mod open;
mod package;
mod report;
mod script;
mod search;
mod strings;
mod target;
mod walk;

use crate::args::Check;
use crate::exit::{INCOMPLETE, NO, Result};
use covered::Covered;
use std::path::Path;
use std::process::ExitCode;

pub use elf::{Kind, describe, kind};
pub use findings::Findings;
pub use report::text;
pub use script::{Script, read as script};

/// Examines one program, for other subcommands.
pub fn examine(program: &Path) -> std::result::Result<Findings, String> {
    target::examine(program, &Covered::new())
}

/// Examines all targets; returns the exit status.
pub fn check(arguments: &Check) -> Result<ExitCode> {
    let covered = Covered::new();
    let results: Vec<_> = arguments
        .targets
        .iter()
        .map(|target| {
            let name = crate::message::quote(&target.to_string_lossy());
            target::examine(target, &covered).map_err(|problem| format!("{name}: {problem}"))
        })
        .collect();
    for problem in results.iter().filter_map(|result| result.as_ref().err()) {
        eprintln!("sdnotify: {problem}");
    }
    let findings: Vec<_> = results.iter().flatten().collect();
    report::print(&findings, arguments.json);
    Ok(ExitCode::from(if findings.len() < results.len() || !findings.iter().all(|found| found.is_complete()) {
        INCOMPLETE
    } else if !findings.iter().all(|found| found.is_covered()) {
        NO
    } else {
        0
    }))
}
