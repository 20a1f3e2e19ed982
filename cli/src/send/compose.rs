//! Composes the message like systemd-notify. Pure.
#![forbid(unsafe_code)]

use crate::message::{self, MAX_BYTES, quote};
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;

/// Assignments, one per line.
#[derive(Default)]
pub struct Lines(Vec<Vec<u8>>);

/// The message, and how many bytes of STATUS= had no room.
#[derive(Debug, PartialEq, Eq)]
pub struct Composed {
    pub state: CString,
    pub cut: usize,
}

impl Lines {
    /// Sets a variable, replacing an earlier assignment.
    pub fn set(&mut self, name: &str, value: &[u8]) {
        self.put(name.as_bytes(), [name.as_bytes(), b"=", value].concat());
    }

    /// Takes VARIABLE=VALUE. What the service manager would ignore, without a word to the sender, is refused.
    pub fn assign(&mut self, assignment: &OsStr) -> Result<(), String> {
        let bytes = one_line("an assignment", assignment)?;
        let name = bytes.split(|byte| *byte == b'=').next().unwrap_or_default();
        if name.is_empty() || name.len() == bytes.len() {
            return Err(format!("{}: not VARIABLE=VALUE", quote(&assignment.to_string_lossy())));
        }
        let (shown, text) = (String::from_utf8_lossy(name), String::from_utf8_lossy(&bytes[name.len() + 1..]));
        if let Some(problem) = message::without_effect(&shown, &text) {
            return Err(problem.as_str().to_owned());
        }
        self.put(name, bytes.to_vec());
        Ok(())
    }

    fn put(&mut self, name: &[u8], line: Vec<u8>) {
        match self.0.iter_mut().find(|other| value(other, name).is_some()) {
            Some(other) => *other = line,
            None => self.0.push(line),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The service manager drops a message that is too long entirely, so this truncates STATUS= to save the rest.
    pub fn compose(mut self) -> Result<Composed, String> {
        let length: usize = self.0.iter().map(|line| line.len() + 1).sum::<usize>().saturating_sub(1);
        let mut cut = length.saturating_sub(MAX_BYTES);
        if cut > 0 {
            let status = self.0.iter_mut().find(|line| value(line, b"STATUS").is_some_and(|text| text.len() >= cut));
            let Some(status) = status else {
                return Err(format!("message of {length} bytes: the service manager ignores more than {MAX_BYTES}"));
            };
            let end = character_boundary(status, status.len() - cut);
            cut = status.len() - end;
            status.truncate(end);
        }
        let state = CString::new(self.0.join(&b'\n')).map_err(|_| "a NUL byte cannot be sent".to_owned())?;
        Ok(Composed { state, cut })
    }
}

/// The value, if the line assigns to this variable.
fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    line.strip_prefix(name)?.strip_prefix(b"=")
}

/// The last character boundary at or before `end`.
fn character_boundary(text: &[u8], end: usize) -> usize {
    let continues = |at: &usize| text.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
    // No character is longer than four bytes; in invalid UTF-8, any place will do.
    (end.saturating_sub(3)..=end).rev().find(|at| !continues(at)).unwrap_or(end)
}

/// A line break would begin another assignment: untrusted text could set MAINPID=.
pub fn one_line<'a>(what: &str, text: &'a OsStr) -> Result<&'a [u8], String> {
    match text.as_bytes() {
        bytes if bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r')) => {
            Err(format!("line break in {what}: the rest would be read as further assignments"))
        }
        bytes => Ok(bytes),
    }
}

/// The name of stored descriptors.
pub fn fd_name(name: &str) -> Result<&[u8], String> {
    if message::fd_name_is_valid(name) {
        Ok(name.as_bytes())
    } else {
        Err("--fdname: give at most 255 printable ASCII characters, none of them a colon".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(assignments: &[&str]) -> Lines {
        let mut lines = Lines::default();
        for assignment in assignments {
            lines.assign(OsStr::new(assignment)).expect("good");
        }
        lines
    }

    fn text(lines: Lines) -> String {
        lines.compose().expect("short").state.into_string().expect("UTF-8")
    }

    #[test]
    fn the_later_assignment_counts() {
        assert_eq!(text(lines(&["A=1", "B=2", "A=3"])), "A=3\nB=2");
        assert_eq!(text(lines(&["A=1", "AB=2", "A="])), "A=\nAB=2");
    }

    #[test]
    fn what_is_no_assignment() {
        for text in ["READY", "=1", "", "A=1\nB=2", "A=\r", "EXTEND_TIMEOUT_USEC=inf"] {
            assert!(Lines::default().assign(OsStr::new(text)).is_err(), "{text:?}");
        }
        assert_eq!(text(lines(&["X_TIMEOUT=inf", "STATUS=MAINPID=0"])), "X_TIMEOUT=inf\nSTATUS=MAINPID=0");
    }

    #[test]
    fn too_long() {
        let long = |name: &str, length: usize| format!("{name}={}", "x".repeat(length - name.len() - 1));
        assert_eq!(lines(&[&long("X_A", MAX_BYTES)]).compose().expect("just fits").cut, 0);
        assert!(lines(&[&long("X_A", MAX_BYTES + 1)]).compose().is_err_and(|problem| problem.contains("4097 bytes")));
        assert!(lines(&[&long("X_A", MAX_BYTES), "STATUS=x"]).compose().is_err());
        let composed =
            lines(&["STATUS=\u{2713}\u{2713}\u{2713}", &long("X_A", MAX_BYTES - 14)]).compose().expect("cut");
        assert_eq!(composed.cut, 3);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn status_makes_room(status in "\\PC{0,6000}", ready in any::<bool>()) {
            let mut lines = Lines::default();
            if ready {
                lines.set("READY", b"1");
            }
            lines.set("STATUS", status.as_bytes());
            let Composed { state, cut } = lines.compose().expect("only STATUS= is long");
            let sent = state.into_string().expect("cut between characters");
            prop_assert!(sent.len() <= MAX_BYTES && (cut == 0 || sent.len() + 4 > MAX_BYTES));
            let whole = format!("{}STATUS={status}", if ready { "READY=1\n" } else { "" });
            prop_assert!(whole.starts_with(&sent) && whole.len() == sent.len() + cut);
        }
    }
}
