//! Scripts: the interpreter that `#!` names, and the compiled modules that it would load for them.

mod language;
mod perl;
mod python;
mod shebang;

use super::search::Search;
use super::walk::Walk;
use language::{Language, Loaded};
use shebang::Shebang;
use std::path::{Path, PathBuf};

/// A script's interpreter.
pub struct Script {
    pub interpreter: PathBuf,
    /// Whether its imports can be read.
    pub readable: bool,
}

/// None if the file is not a script. The error says why its first line cannot be read.
pub fn read(path: &Path) -> Result<Option<Script>, String> {
    let script = |Shebang { interpreter, .. }| Script { readable: Language::of(&interpreter).is_some(), interpreter };
    Ok(shebang::read(path)?.map(script))
}

/// Whether a file begins with `#!`.
pub fn is_script(path: &Path) -> bool {
    matches!(shebang::read(path), Ok(Some(_)))
}

/// Whether the script is in one of the languages whose imports can be read.
pub fn is_readable(path: &Path) -> bool {
    matches!(read(path), Ok(Some(Script { readable: true, .. })))
}

/// Examines a script. The error says why it cannot be done at all.
pub fn examine(path: &Path, search: &Search, walk: &mut Walk) -> Result<(), String> {
    let Shebang { interpreter, options } = shebang::read(path)?.ok_or("not a script")?;
    if is_script(&interpreter) {
        walk.problem(path, &format!("its interpreter is itself a script: {}", interpreter.display()));
        return Ok(());
    }
    walk.interpreter(&interpreter);
    let problem = match Language::of(&interpreter) {
        Some(Language::Python) => {
            take(python::follow(path, &interpreter, search, &mut walk.limits), walk);
            return Ok(());
        }
        Some(Language::Perl) => {
            take(perl::follow(path, &interpreter, &options, search, &mut walk.limits), walk);
            return Ok(());
        }
        None => format!("whatever a script for {} runs or loads", interpreter.display()),
    };
    walk.problem(path, &problem);
    Ok(())
}

fn take(loaded: Loaded, walk: &mut Walk) {
    let Loaded { extensions, texts, not_found, computed, functions } = loaded;
    extensions.into_iter().for_each(|file| walk.module(file));
    walk.findings.texts += texts;
    walk.findings.computed.extend(computed);
    for (name, by) in not_found {
        walk.findings.not_found.entry(name).or_default().insert(by);
    }
    for (path, functions) in functions {
        walk.looks_up(&path, &functions);
    }
}
