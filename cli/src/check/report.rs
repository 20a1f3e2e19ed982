//! The findings, for people or for programs.
#![forbid(unsafe_code)]

use super::covered::advice;
use super::target::Findings;
use crate::message::quote;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

pub fn print(findings: &[&Findings], json: bool) {
    let text = if json {
        let targets: Vec<Value> = findings.iter().map(|found| value(found)).collect();
        format!("{}\n", json!({ "targets": targets }))
    } else {
        findings.iter().map(|found| text(found)).collect()
    };
    // Nobody may be there to read it.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// What is printed of one target; its first line has the verdict.
pub fn text(found: &Findings) -> String {
    let mut lines = Vec::new();
    let symbols = found.used.keys().map(String::as_str).collect::<Vec<_>>().join(" ");
    let verdict = match (found.is_covered(), found.used.is_empty() && found.missing.is_empty()) {
        (false, _) => "NOT covered".to_owned(),
        (true, true) => format!("nothing of libsystemd is imported ({} files examined)", found.files),
        (true, false) => format!("covered: {symbols}"),
    };
    lines.push(format!("{}: {verdict}", quote(&found.target)));
    for (import, files) in &found.missing {
        let version = import.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
        let optional = if import.weak { " (weak: may stay undefined)" } else { "" };
        lines.push(format!("  missing {}{version}{optional}, wanted by {}", quote(&import.symbol), names(files)));
    }
    let advices: BTreeSet<&str> =
        found.missing.keys().filter(|import| !import.weak).map(|import| advice(&import.symbol)).collect();
    lines.extend(advices.iter().map(|advice| format!("  it {advice}")));
    for (name, files) in &found.not_found {
        lines.push(format!("  not found, and not examined: {}, wanted by {}", quote(name), names(files)));
    }
    lines.extend(found.problems.iter().map(|problem| format!("  not examined: {}", quote(problem))));
    if !found.may_load.is_empty() {
        lines.push(format!(
            "  may load libsystemd.so.0 when it runs, and what it looks up there cannot be seen: {}",
            names(&found.may_load)
        ));
    }
    lines.join("\n") + "\n"
}

fn names(files: &BTreeSet<PathBuf>) -> String {
    files.iter().map(|file| quote(&file.to_string_lossy()).to_string()).collect::<Vec<_>>().join(", ")
}

fn value(found: &Findings) -> Value {
    let files = |files: &BTreeSet<PathBuf>| files.iter().map(|file| file.to_string_lossy()).collect::<Value>();
    let missing = found.missing.iter().map(|(import, wanted_by)| {
        json!({
            "symbol": import.symbol, "version": import.version, "weak": import.weak,
            "wanted_by": files(wanted_by), "advice": advice(&import.symbol),
        })
    });
    json!({
        "target": found.target,
        "covered": found.is_covered(),
        "complete": found.is_complete(),
        "files": found.files,
        "used": found.used.iter().map(|(symbol, by)| json!({ "symbol": symbol, "wanted_by": files(by) })).collect::<Value>(),
        "missing": missing.collect::<Value>(),
        "not_found": found.not_found.iter().map(|(name, by)| json!({ "library": name, "wanted_by": files(by) })).collect::<Value>(),
        "problems": found.problems,
        "may_load": files(&found.may_load),
    })
}
