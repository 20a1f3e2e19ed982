//! The string constants that tell what a program may load at run time.
#![forbid(unsafe_code)]

use super::covered::LIBSYSTEMD;
use std::collections::BTreeSet;
use std::io::{Read, Result};

/// Limits on the bytes read and on the strings of each kind kept, far above those of any real program.
const LIMIT: u64 = 128 << 20;
const STRINGS: usize = 4096;
/// No file name is longer (PATH_MAX).
const LENGTH: usize = 4096;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Strings {
    /// Names of libraries and modules, with or without a directory.
    pub libraries: BTreeSet<String>,
    /// Absolute paths, some of which may be module directories.
    pub paths: BTreeSet<String>,
    /// Names that look like those of libsystemd's functions.
    pub functions: BTreeSet<String>,
    /// Whether libsystemd's own name is among them.
    pub libsystemd: bool,
    /// Whether a limit was reached.
    pub cut: bool,
}

/// Reads strings that end with a NUL byte.
pub fn scan(data: impl Read, size: u64) -> Result<Strings> {
    let mut found = Strings { cut: size > LIMIT, ..Strings::default() };
    let mut data = data.take(size.min(LIMIT));
    let mut chunk = vec![0; 1 << 16];
    let mut string: Vec<u8> = Vec::new();
    loop {
        let length = match data.read(&mut chunk)? {
            0 => break,
            length => length,
        };
        let mut rest = &chunk[..length];
        if string.is_empty() {
            rest = without_padding(rest);
        }
        while let Some(end) = rest.iter().position(|byte| *byte == 0) {
            extend(&mut string, &rest[..end]);
            found.add(&string);
            string.clear();
            rest = without_padding(&rest[end + 1..]);
        }
        extend(&mut string, rest);
    }
    Ok(found)
}

/// A sparse file can consist of NULs.
fn without_padding(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    &bytes[start..]
}

/// A string longer than any name is not one; one extra byte is kept to notice.
fn extend(string: &mut Vec<u8>, bytes: &[u8]) {
    let room = (LENGTH + 1).saturating_sub(string.len());
    string.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

impl Strings {
    fn add(&mut self, bytes: &[u8]) {
        if bytes.len() < 4 || bytes.len() > LENGTH {
            return;
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        if text.bytes().any(|byte| byte <= b' ' || byte == 0x7f || byte == b'%') {
            return;
        }
        self.libsystemd |= text.ends_with(LIBSYSTEMD);
        if is_function(text) {
            keep(&mut self.functions, text, &mut self.cut);
        }
        // A list of directories is written like $PATH.
        for text in text.split(':') {
            if is_library(text) {
                keep(&mut self.libraries, text, &mut self.cut);
            } else if text.starts_with('/') {
                keep(&mut self.paths, text, &mut self.cut);
            }
        }
    }
}

fn keep(set: &mut BTreeSet<String>, text: &str, cut: &mut bool) {
    if set.len() < STRINGS {
        set.insert(text.to_owned());
    } else {
        *cut |= !set.contains(text);
    }
}

fn is_function(text: &str) -> bool {
    text.strip_prefix("sd_").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    })
}

/// `NAME.so`, and any number of `.NUMBER` after it.
pub fn is_library(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or(text);
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')
        .strip_suffix(".so")
        .is_some_and(|stem| !stem.is_empty() && !name.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &[u8]) -> Strings {
        scan(text, text.len() as u64).expect("memory")
    }

    #[test]
    fn what_is_found() {
        let found =
            scanned(b"\0/usr/lib/libsystemd.so.0\0sd_notify\0/usr/lib/x:/opt/y\0sd_\0a b.so\0%s.so\0imjournal.so\0");
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
        assert!(found.libsystemd && !found.cut);
        assert_eq!(found.libraries, set(&["/usr/lib/libsystemd.so.0", "imjournal.so"]));
        assert_eq!(found.paths, set(&["/usr/lib/x", "/opt/y"]));
        assert_eq!(found.functions, set(&["sd_notify"]));
    }

    #[test]
    fn libraries() {
        for text in ["libz.so.1", "libz.so", "/a/libz.so.1.2.3", "lib2.so.0"] {
            assert!(is_library(text), "{text}");
        }
        for text in [".so", "so", "libz.so.old", "x.sock", "a.so.d/", "1.2.3"] {
            assert!(!is_library(text), "{text}");
        }
    }

    #[test]
    fn no_string_is_too_long() {
        let mut text = vec![b'a'; 3 << 16];
        text.extend_from_slice(b"\0libz.so.1\0");
        assert_eq!(scanned(&text).libraries.len(), 1);
        assert!(scan(std::io::empty(), u64::MAX).expect("memory").cut);
    }
}
