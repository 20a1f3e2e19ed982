//! Common to all languages.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Languages whose imports can mostly be read from a script without running it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    Python,
    Perl,
}

impl Language {
    /// By the name of the interpreter: `python3.11`, `perl`.
    pub fn of(interpreter: &Path) -> Option<Language> {
        let name = interpreter.file_name()?.to_str()?;
        let is = |language: &str| {
            name.strip_prefix(language).is_some_and(|rest| rest.bytes().all(|c| c.is_ascii_digit() || c == b'.'))
        };
        if is("python") {
            Some(Language::Python)
        } else if is("perl") {
            Some(Language::Perl)
        } else {
            None
        }
    }
}

/// What an interpreter loads for a script.
#[derive(Default, Debug)]
pub struct Loaded {
    /// Compiled modules.
    pub extensions: BTreeSet<PathBuf>,
    /// The number of files read: the script and its modules.
    pub texts: usize,
    /// Modules that were not found, each with one file that needs it.
    pub not_found: BTreeMap<String, PathBuf>,
    /// Files that import by computed names.
    pub computed: BTreeSet<PathBuf>,
    /// Files that name libsystemd, with the names of functions in them.
    pub functions: BTreeMap<PathBuf, BTreeSet<String>>,
}

impl Loaded {
    /// Records a text that names libsystemd: `ctypes`, `cffi` and FFI::Platypus need no compiled module.
    pub fn note_libsystemd(&mut self, path: &Path, text: &str) {
        if ["libsystemd.so", "find_library(\"systemd\")", "find_library('systemd')"].iter().any(|it| text.contains(it))
            || (text.contains("FFI::") && ["'systemd'", "\"systemd\""].iter().any(|it| text.contains(it)))
        {
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let names = words.filter(|word| word.starts_with("sd_") && word.len() < 64).map(str::to_owned);
            self.functions.entry(path.to_path_buf()).or_default().extend(names);
        }
    }
}

/// The quoted text at the beginning of some code, if any.
pub fn literal(code: &str) -> Option<&str> {
    let code = code.trim_start();
    let quote = code.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let rest = &code[1..];
    rest.split_once(quote).map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters() {
        assert_eq!(Language::of(Path::new("/usr/bin/python3.11")), Some(Language::Python));
        assert_eq!(Language::of(Path::new("/opt/bin/perl5.36.0")), Some(Language::Perl));
        for other in ["/bin/sh", "/usr/bin/python3-config", "/usr/bin/perldoc", "ruby", "/"] {
            assert_eq!(Language::of(Path::new(other)), None, "{other}");
        }
    }

    #[test]
    fn literals() {
        assert_eq!(literal(" 'a.b', c"), Some("a.b"));
        assert_eq!(literal("\"a'b\")"), Some("a'b"));
        assert_eq!(literal("name"), None);
        assert_eq!(literal("'open"), None);
    }

    #[test]
    fn foreign_functions() {
        let mut loaded = Loaded::default();
        loaded.note_libsystemd(Path::new("/a"), "CDLL('libsystemd.so.0').sd_notify(0, b'READY=1')");
        loaded.note_libsystemd(Path::new("/b"), "print('sd_bus_open')");
        loaded.note_libsystemd(Path::new("/c"), "FFI::CheckLib; find_lib(lib => 'systemd'); sd_booted");
        let found: Vec<_> = loaded.functions.values().flatten().map(String::as_str).collect();
        assert_eq!(found, ["sd_notify", "sd_booted"]);
    }
}
