//! The findings, as text or as JSON.
#![forbid(unsafe_code)]

use super::covered::advice;
use super::findings::{Findings, Wanted};
use crate::message::quote;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

pub fn print(findings: &[&Findings], json: bool) {
    let text = if json {
        let targets: Vec<Value> = findings.iter().map(|found| value(found)).collect();
        format!("{}\n", json!({ "targets": targets }))
    } else {
        findings.iter().map(|found| text(found)).collect()
    };
    // There may be no reader.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// The text for one target; its first line is the verdict.
pub fn text(found: &Findings) -> String {
    let mut lines = vec![format!("{}: {}", quote(&found.target), verdict(found))];
    let mut missing: BTreeMap<(&BTreeSet<PathBuf>, bool), Vec<String>> = BTreeMap::new();
    for (import, files) in &found.missing {
        let version = import.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
        let symbol = format!("{}{version}", quote(&import.symbol));
        missing.entry((files, import.weak)).or_default().push(symbol);
    }
    for ((files, weak), symbols) in missing {
        let optional = if weak { " (weak: may stay undefined)" } else { "" };
        lines.push(format!("  missing {}{optional}, needed by {}", symbols.join(" "), names(files)));
    }
    let advices: BTreeSet<&str> =
        found.missing.keys().filter(|import| !import.weak).map(|import| advice(&import.symbol)).collect();
    lines.extend(advices.iter().map(|advice| format!("  it {advice}")));
    if !found.is_covered() && found.is_covered_without_modules() {
        lines.push("  covered unless it loads one of these".into());
    }
    let mut not_found: BTreeMap<&BTreeSet<PathBuf>, Vec<String>> = BTreeMap::new();
    for (name, files) in &found.not_found {
        not_found.entry(files).or_default().push(quote(name).to_string());
    }
    for (files, wanted) in not_found {
        lines.push(format!("  not found, so not examined: {}, needed by {}", wanted.join(", "), names(files)));
    }
    for (name, files) in &found.unresolved {
        lines.push(format!("  not found: {}; cannot be loaded without it: {}", quote(name), names(files)));
    }
    lines.extend(found.problems.iter().map(|problem| format!("  not examined: {}", quote(problem))));
    if !found.may_load.is_empty() {
        lines.push(format!(
            "  may load libsystemd.so.0 at run time and look up more than can be seen: {}",
            names(&found.may_load)
        ));
    }
    if found.texts > 0 {
        lines.push(format!(
            "  scripts and modules read for their imports: {} (anything else they load cannot be seen)",
            found.texts
        ));
    }
    if !found.computed.is_empty() {
        lines.push(format!("  import modules by computed names: {}", names(&found.computed)));
    }
    if !found.loaders.is_empty() {
        lines.push(format!("  may load other files at run time, by dlopen(): {}", names(&found.loaders)));
    }
    match found.modules.len() {
        0 => {}
        number if found.directories.is_empty() => lines.push(format!("  modules examined: {number}")),
        number => lines.push(format!("  modules examined: {number}, in {}", names(&found.directories))),
    }
    lines.join("\n") + "\n"
}

/// The verdict. Says "covered" only if nothing required is missing.
fn verdict(found: &Findings) -> String {
    let symbols = found.used.keys().map(String::as_str).collect::<Vec<_>>().join(" ");
    if !found.is_covered_without_modules() {
        "NOT covered".into()
    } else if !found.is_covered() {
        "NOT covered with all the modules that it may load".into()
    } else {
        let limit = if found.is_certain() { "" } else { " as far as can be seen" };
        match (symbols.as_str(), found.missing.is_empty()) {
            ("", true) => format!("imports nothing from libsystemd{limit} ({} files examined)", found.files),
            ("", false) => format!("covered{limit}"),
            _ => format!("covered{limit}: {symbols}"),
        }
    }
}

/// The most files to name in a line; the JSON names all.
const NAMED: usize = 8;

fn names(files: &BTreeSet<PathBuf>) -> String {
    let named: Vec<String> = files.iter().take(NAMED).map(|file| quote(&file.to_string_lossy()).to_string()).collect();
    let more = files.len() - named.len();
    named.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

fn value(found: &Findings) -> Value {
    let files = |files: &BTreeSet<PathBuf>| -> Value { files.iter().map(|file| file.to_string_lossy()).collect() };
    let wanted = |kind: &str, names: &Wanted<String>| -> Value {
        names.iter().map(|(name, by)| json!({ kind: name, "wanted_by": files(by) })).collect()
    };
    let missing = found.missing.iter().map(|(import, wanted_by)| {
        json!({
            "symbol": import.symbol, "version": import.version, "weak": import.weak,
            "wanted_by": files(wanted_by), "advice": advice(&import.symbol),
        })
    });
    json!({
        "target": found.target,
        "covered": found.is_covered(),
        "covered_without_modules": found.is_covered_without_modules(),
        "complete": found.is_complete(),
        "certain": found.is_certain(),
        "files": found.files,
        "used": wanted("symbol", &found.used),
        "missing": missing.collect::<Value>(),
        "not_found": wanted("library", &found.not_found),
        "unresolved": wanted("library", &found.unresolved),
        "problems": found.problems,
        "may_load": files(&found.may_load),
        "loaders": files(&found.loaders),
        "modules": files(&found.modules),
        "module_directories": files(&found.directories),
        "texts": found.texts,
        "computed": files(&found.computed),
    })
}
