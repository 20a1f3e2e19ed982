//! The first line of a script, as the kernel and env(1) read it.

use crate::check::open;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The kernel reads no more (BINPRM_BUF_SIZE).
const LINE: u64 = 256;

#[derive(Debug, PartialEq, Eq)]
pub struct Shebang {
    pub interpreter: PathBuf,
    pub options: Vec<String>,
}

/// `None` if the file is not a script. The error says what is wrong with its first line.
pub fn read(path: &Path) -> Result<Option<Shebang>, String> {
    let mut bytes = Vec::new();
    let file = open::regular(path)?;
    file.take(LINE).read_to_end(&mut bytes).map_err(|error| crate::check::elf::describe(&error))?;
    let Some(line) = bytes.strip_prefix(b"#!") else { return Ok(None) };
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    parse(&String::from_utf8_lossy(line), &search_path()).map(Some)
}

fn search_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    std::env::split_paths(&path).collect()
}

fn parse(line: &str, path: &[PathBuf]) -> Result<Shebang, String> {
    let line = line.trim_matches([' ', '\t', '\r']);
    let (program, argument) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let argument = argument.trim_start_matches([' ', '\t']);
    if program.is_empty() {
        return Err("no interpreter after #!".into());
    }
    if Path::new(program).file_name().is_none_or(|name| name != "env") {
        let options = argument.split_whitespace().map(str::to_owned).collect();
        return Ok(Shebang { interpreter: program.into(), options });
    }
    // The kernel passes one argument; -S has env split it.
    let words = match split_string(argument) {
        Some(rest) => words(rest),
        None => vec![argument.to_owned()],
    };
    let mut words = words.into_iter();
    let command = loop {
        match words.next() {
            Some(word) if matches!(word.as_str(), "-u" | "-C" | "--unset" | "--chdir") => drop(words.next()),
            Some(word) if word.starts_with('-') || word.contains('=') => {}
            Some(word) if !word.is_empty() => break word,
            _ => return Err("no command after env".into()),
        }
    };
    let interpreter = if command.contains('/') {
        PathBuf::from(&command)
    } else {
        let found = path.iter().map(|place| place.join(&command)).find(|file| is_executable(file));
        found.ok_or_else(|| format!("its interpreter is not in $PATH: {command}"))?
    };
    Ok(Shebang { interpreter, options: words.collect() })
}

/// The rest after `-S`, `-vS` or `--split-string=`.
fn split_string(argument: &str) -> Option<&str> {
    if let Some(rest) = argument.strip_prefix("--split-string") {
        return rest.strip_prefix(['=', ' ']);
    }
    let at = argument.strip_prefix('-')?.find(|c: char| c != 'v' && c != 'i')? + 1;
    argument[at..].strip_prefix('S')
}

/// Words, with quotes as in a shell.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            ('\\', _) => match characters.next() {
                Some('_') if quote.is_none() => words.extend(word.take()),
                Some('_') => word.get_or_insert_default().push(' '),
                Some(other) => word.get_or_insert_default().push(other),
                None => {}
            },
            (' ' | '\t', None) => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzzing::{bounded, config, text};
    use proptest::prelude::*;

    fn parsed(line: &str) -> Result<(String, Vec<String>), String> {
        parse(line, &[PathBuf::from("/nonexistent"), PathBuf::from("/bin")])
            .map(|shebang| (shebang.interpreter.display().to_string(), shebang.options))
    }

    #[test]
    fn first_lines() {
        for (line, interpreter, options) in [
            ("/bin/sh", "/bin/sh", &[][..]),
            (" /usr/bin/perl -w -T\r", "/usr/bin/perl", &["-w", "-T"]),
            ("/usr/bin/env sh", "/bin/sh", &[]),
            ("/usr/bin/env -S sh -e", "/bin/sh", &["-e"]),
            ("/usr/bin/env -iS A=1 -u B sh '-x y'", "/bin/sh", &["-x y"]),
            ("/usr/bin/env -vS/opt/my\\_sh", "/opt/my", &["sh"]),
            ("/usr/bin/env --split-string=\"/opt/a b\" c", "/opt/a b", &["c"]),
            ("/usr/bin/env /opt/x", "/opt/x", &[]),
        ] {
            let options = options.iter().map(|option| (*option).to_owned()).collect();
            assert_eq!(parsed(line), Ok((interpreter.to_owned(), options)), "{line}");
        }
        assert_eq!(parsed(""), Err("no interpreter after #!".into()));
        assert_eq!(parsed("/usr/bin/env"), Err("no command after env".into()));
        assert!(parsed("/usr/bin/env no-such-program").is_err());
        // The kernel does not split.
        assert!(parsed("/usr/bin/env sh -e").is_err());
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn fuzz_any_line(line in text(&["/usr/bin/env ", "-S", "-", "vS", "\"", "'", "\\", "\\_", " ", "=", "sh", "/", "\t", "\u{e9}"])) {
            let _ = bounded(|| parsed(&line));
        }
    }
}
