//! The lines of a unit file: sections, assignments, comments, continuations.
#![forbid(unsafe_code)]

use std::fmt::{self, Display, Formatter};
use std::rc::Rc;

/// A position in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    pub file: Rc<str>,
    pub line: usize,
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assignment {
    pub section: String,
    pub key: String,
    pub value: String,
    pub place: Place,
}

/// Reads a file; invalid lines are remarked on and skipped, as in systemd.
pub fn parse(file: &str, text: &[u8], remarks: &mut Vec<String>) -> Vec<Assignment> {
    let file: Rc<str> = file.into();
    let mut section = None;
    let mut assignments = Vec::new();
    for (line, bytes) in lines(text) {
        let place = Place { file: Rc::clone(&file), line };
        let Ok(text) = std::str::from_utf8(&bytes) else {
            remarks.push(format!("{place}: not UTF-8, ignoring the line"));
            continue;
        };
        if let Some(header) = text.strip_prefix('[') {
            match header.strip_suffix(']') {
                Some(name) => section = Some(name.to_owned()),
                None => remarks.push(format!("{place}: bad section header, ignoring the line: {text}")),
            }
        } else if let Some((key, value)) = text.split_once('=') {
            let (key, value) = (key.trim_end().to_owned(), value.trim().to_owned());
            match &section {
                Some(section) => assignments.push(Assignment { section: section.clone(), key, value, place }),
                None => remarks.push(format!("{place}: {key}= is outside any section, ignoring it")),
            }
        } else {
            remarks.push(format!("{place}: no = in the line, ignoring it: {text}"));
        }
    }
    assignments
}

/// The lines that are neither empty nor comments, with their numbers; lines continued by a backslash are joined.
fn lines(text: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut found: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut continued = None;
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let trimmed = line.trim_ascii();
        // Comments may stand between the parts of a line.
        if trimmed.starts_with(b"#") || trimmed.starts_with(b";") || (trimmed.is_empty() && continued.is_none()) {
            continue;
        }
        let (mut whole, number) = continued.take().map_or((Vec::new(), index + 1), |(number, part)| (part, number));
        let line = if whole.is_empty() { trimmed } else { line.trim_ascii_end() };
        match line.strip_suffix(b"\\") {
            Some(part) => {
                whole.extend_from_slice(part);
                whole.push(b' ');
                continued = Some((number, whole));
            }
            None => {
                whole.extend_from_slice(line);
                found.push((number, whole));
            }
        }
    }
    found.extend(continued);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (Vec<String>, Vec<String>) {
        let mut remarks = Vec::new();
        let read = parse("x", text.as_bytes(), &mut remarks);
        let shown = |one: Assignment| format!("{} [{}] {}={}", one.place, one.section, one.key, one.value);
        (read.into_iter().map(shown).collect(), remarks)
    }

    #[test]
    fn assignments() {
        let (read, remarks) = read(
            "# comment\n\n[Unit]\nA = b = c \n;other\n[Service]\nExecStart=/bin/x \\\n# within\n; too\n   y\\\n  z\nB=\nC=\\",
        );
        assert_eq!(
            read,
            [
                "x:4 [Unit] A=b = c",
                "x:7 [Service] ExecStart=/bin/x     y   z",
                "x:12 [Service] B=",
                "x:13 [Service] C="
            ]
        );
        assert_eq!(remarks, Vec::<String>::new());
    }

    #[test]
    fn lines_that_mean_nothing() {
        let (read, remarks) = read("Early=1\n[Service\n[Service]\nword\nA=1");
        assert_eq!(read, ["x:5 [Service] A=1"]);
        assert_eq!(
            remarks,
            [
                "x:1: Early= is outside any section, ignoring it",
                "x:2: bad section header, ignoring the line: [Service",
                "x:4: no = in the line, ignoring it: word"
            ]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read(text in prop::collection::vec(prop_oneof![Just(b'\\'), Just(b'\n'), Just(b'='), any::<u8>()], 0..80)) {
            let mut remarks = Vec::new();
            let count = parse("x", &text, &mut remarks).len() + remarks.len();
            prop_assert!(count <= text.split(|byte| *byte == b'\n').count());
        }
    }
}
