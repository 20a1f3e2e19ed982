//! One datagram of a service, read as systemd's manager reads it, with everything that is wrong with it. Pure.
#![forbid(unsafe_code)]

pub use crate::quote::quote;
use crate::quote::{Line, quoted};
use std::time::Duration;

/// The manager's limit for a message, in bytes; it ignores longer ones.
pub const MAX_BYTES: usize = 4096;

/// The variables that sd_notify(3) documents.
pub const KNOWN: [&str; 21] = [
    "READY",
    "RELOADING",
    "STOPPING",
    "MONOTONIC_USEC",
    "STATUS",
    "NOTIFYACCESS",
    "ERRNO",
    "BUSERROR",
    "VARLINKERROR",
    "EXIT_STATUS",
    "MAINPID",
    "MAINPIDFDID",
    "MAINPIDFD",
    "WATCHDOG",
    "WATCHDOG_USEC",
    "EXTEND_TIMEOUT_USEC",
    "RESTART_RESET",
    "FDSTORE",
    "FDSTOREREMOVE",
    "FDNAME",
    "FDPOLL",
];

/// One line of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assignment {
    pub name: String,
    pub value: String,
}

/// A message that the manager would process.
#[derive(Default, Debug)]
pub struct Message {
    pub assignments: Vec<Assignment>,
    /// What a developer should know about it.
    pub remarks: Vec<Line>,
}

impl Message {
    /// If a variable is given twice, the manager takes the first.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.assignments.iter().find(|assignment| assignment.name == name).map(|assignment| assignment.value.as_str())
    }

    /// Whether it contains `NAME=1` anywhere.
    pub fn is_set(&self, name: &str) -> bool {
        self.assignments.iter().any(|assignment| assignment.name == name && assignment.value == "1")
    }

    /// A number of microseconds; a bad one is remarked on.
    pub fn usec(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(|value| number(value).ok())
    }
}

/// Reads one datagram; `length` is how long it was before the receiver cut it. The error says why the manager
/// ignores the whole message.
pub fn parse(bytes: &[u8], length: usize) -> Result<Message, Line> {
    if length > MAX_BYTES {
        return Err(quoted!("too long: {} bytes; systemd ignores messages of more than {}", length, MAX_BYTES));
    }
    let mut message = Message::default();
    let bytes = match bytes {
        [head @ .., 0] if !head.is_empty() => {
            message.remarks.push("ends with a NUL byte: the length passed to send() is one too large".into());
            head
        }
        bytes => bytes,
    };
    if bytes.contains(&0) {
        return Err("contains a NUL byte: systemd ignores the message".into());
    }
    if bytes.iter().all(|byte| matches!(byte, b'\n' | b'\r')) {
        return Err("empty message".into());
    }
    for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_empty()) {
        read_line(&mut message, line);
    }
    lint(&mut message);
    Ok(message)
}

fn read_line(message: &mut Message, line: &[u8]) {
    let text = String::from_utf8_lossy(line);
    let Some((name, value)) = text.split_once('=') else {
        message.remarks.push(quoted!("not an assignment: {} (no = in the line)", quote(&text)));
        return;
    };
    if matches!(text, std::borrow::Cow::Owned(_)) {
        message.remarks.push(quoted!("{} is not UTF-8: systemd ignores it", quote(name)));
    }
    let assignment = Assignment { name: name.to_owned(), value: value.to_owned() };
    if message.assignments.iter().any(|other| other.name == assignment.name) {
        message.remarks.push(quoted!("{}= twice in one message: only the first counts", quote(name)));
    }
    message.assignments.push(assignment);
}

/// Remarks on what is unknown or malformed, as far as the message alone shows.
fn lint(message: &mut Message) {
    let mut remarks = Vec::new();
    for Assignment { name, value } in &message.assignments {
        if let Some(remark) = without_effect(name, value) {
            remarks.push(remark);
        } else if name == "FDPOLL" && value != "0" {
            remarks.push("only FDPOLL=0 has an effect".into());
        } else if !name.starts_with("X_") && name != "BARRIER" && !KNOWN.contains(&name.as_str()) {
            remarks.push(unknown(name));
        }
    }
    if message.is_set("RELOADING") && message.get("MONOTONIC_USEC").is_none() {
        remarks.push("RELOADING=1 without MONOTONIC_USEC=: Type=notify-reload ignores it".into());
    }
    if message.is_set("BARRIER") && message.assignments.len() > 1 {
        remarks.push("BARRIER=1 must be sent alone: systemd ignores the rest of the message".into());
    }
    if message.is_set("FDSTOREREMOVE") && message.get("FDNAME").is_none() {
        remarks.push("FDSTOREREMOVE=1 needs FDNAME=".into());
    }
    message.remarks.append(&mut remarks);
}

/// Why systemd cannot read a value of one of its variables, or ignores it.
pub fn without_effect(name: &str, value: &str) -> Option<Line> {
    match name {
        "READY" | "RELOADING" | "STOPPING" | "RESTART_RESET" | "FDSTORE" | "FDSTOREREMOVE" | "MAINPIDFD"
        | "BARRIER"
            if value != "1" =>
        {
            Some(quoted!("{}={} has no effect: only {}=1 does", quote(name), quote(value), quote(name)))
        }
        "WATCHDOG" if value != "1" && value != "trigger" => {
            Some(quoted!("WATCHDOG={} is neither 1 nor trigger", quote(value)))
        }
        "FDPOLL" if value != "0" && value != "1" => Some(quoted!("FDPOLL={} is neither 0 nor 1", quote(value))),
        "MONOTONIC_USEC" | "WATCHDOG_USEC" | "EXTEND_TIMEOUT_USEC" | "MAINPIDFDID" => match number(value) {
            Err(problem) => Some(quoted!("{}={}: {}", quote(name), quote(value), problem)),
            Ok(usec) if name == "EXTEND_TIMEOUT_USEC" && span(usec).is_none() => {
                Some(quoted!("EXTEND_TIMEOUT_USEC={}: systemd ignores it", quote(value)))
            }
            Ok(_) => None,
        },
        // systemd also reads the names of errors.
        "ERRNO" if value.starts_with('E') && value.bytes().all(|byte| byte.is_ascii_alphanumeric()) => None,
        "ERRNO" => match number(value) {
            Err(problem) => Some(quoted!("ERRNO={}: {}", quote(value), problem)),
            Ok(errno) if errno > 4095 => Some(quoted!("ERRNO={}: no error has that number", quote(value))),
            Ok(_) => None,
        },
        "EXIT_STATUS" if !number(value).is_ok_and(|status| status <= 255) => {
            Some(quoted!("EXIT_STATUS={}: not a number from 0 to 255", quote(value)))
        }
        "MAINPID" if !number(value).is_ok_and(|pid| (1..=i32::MAX as u64).contains(&pid)) => {
            Some(quoted!("MAINPID={}: not a process ID", quote(value)))
        }
        "NOTIFYACCESS" if !["none", "main", "exec", "all"].contains(&value) => {
            Some(quoted!("NOTIFYACCESS={}: not none, main, exec or all", quote(value)))
        }
        "FDNAME" if !fd_name_is_valid(value) => {
            Some(quoted!("FDNAME={}: not a valid descriptor name, ignored", quote(value)))
        }
        _ => None,
    }
}

fn unknown(name: &str) -> Line {
    let close =
        |known: &&&str| strsim::osa_distance(&name.to_ascii_uppercase(), known) <= if known.len() < 6 { 1 } else { 2 };
    let begun = |known: &&&str| name.len() > 3 && known.starts_with(&name.to_ascii_uppercase());
    match KNOWN.iter().find(close).or_else(|| KNOWN.iter().find(begun)) {
        Some(known) => quoted!("unknown: {}= (did you mean {}=?)", quote(name), known),
        None => quoted!("unknown: {}=", quote(name)),
    }
}

/// Whether systemd accepts a name for a stored descriptor: at most 255 printable ASCII characters, no colon.
pub fn fd_name_is_valid(name: &str) -> bool {
    name.len() <= 255 && name.bytes().all(|byte| (b' '..0x7f).contains(&byte) && byte != b':')
}

/// A number as systemd reads it: with leading white space, a sign, 0x, 0o, 0b, or a leading 0 for octal.
pub fn number(text: &str) -> Result<u64, &'static str> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r']);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err("not a number");
    }
    match u64::from_str_radix(digits, radix) {
        Ok(0) => Ok(0),
        Ok(_) if negative => Err("negative number"),
        Ok(number) => Ok(number),
        Err(_) => Err("number too large"),
    }
}

/// A number of microseconds as a span of time.
pub fn span(usec: u64) -> Option<Duration> {
    (usec != 0 && usec != u64::MAX).then(|| Duration::from_micros(usec))
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    fn remarks(text: &str) -> String {
        parse(text.as_bytes(), text.len())
            .expect("not ignored")
            .remarks
            .iter()
            .map(Line::as_str)
            .collect::<Vec<_>>()
            .join("; ")
    }

    #[test]
    fn assignments() {
        let message = parse(b"READY=1\nSTATUS=a=b\n\n\rMAINPID=0x10\n", 0).expect("good");
        assert_eq!(message.get("STATUS"), Some("a=b"));
        assert!(message.is_set("READY"));
        assert_eq!(message.usec("MAINPID"), Some(16));
        assert_eq!(message.remarks, Vec::<Line>::new());
    }

    #[test]
    fn what_is_pointed_out() {
        assert_eq!(remarks("REDAY=1"), "unknown: REDAY= (did you mean READY=?)");
        assert_eq!(remarks("EXTEND_TIMEOUT=5"), "unknown: EXTEND_TIMEOUT= (did you mean EXTEND_TIMEOUT_USEC=?)");
        assert_eq!(remarks("EXTEND_TIMEOUT_USEC=0"), "EXTEND_TIMEOUT_USEC=0: systemd ignores it");
        assert!(remarks("EXTEND_TIMEOUT_USEC=18446744073709551615").contains("ignores it"));
        assert_eq!(remarks("ERRNO=abc"), "ERRNO=abc: not a number");
        assert_eq!(remarks("ERRNO=13\nEXIT_STATUS=255"), "");
        assert_eq!(remarks("ERRNO=ENOENT"), "");
        assert_eq!(remarks("ERRNO=4096"), "ERRNO=4096: no error has that number");
        assert_eq!(remarks("FDPOLL=1"), "only FDPOLL=0 has an effect");
        assert_eq!(remarks("FDPOLL=no"), "FDPOLL=no is neither 0 nor 1");
        assert_eq!(remarks("EXIT_STATUS=400"), "EXIT_STATUS=400: not a number from 0 to 255");
        assert_eq!(remarks("FROB=1"), "unknown: FROB=");
        assert_eq!(remarks("READY"), "not an assignment: READY (no = in the line)");
        assert_eq!(remarks("READY=yes"), "READY=yes has no effect: only READY=1 does");
        assert_eq!(remarks("READY=1\0"), "ends with a NUL byte: the length passed to send() is one too large");
        assert_eq!(remarks("MAINPID=0"), "MAINPID=0: not a process ID");
        assert_eq!(remarks("WATCHDOG_USEC=5s"), "WATCHDOG_USEC=5s: not a number");
        assert_eq!(remarks("STATUS=a\nSTATUS=b"), "STATUS= twice in one message: only the first counts");
        assert_eq!(remarks("X_MINE=\u{1b}[2J"), "");
        assert!(remarks("RELOADING=1").contains("MONOTONIC_USEC"));
        assert!(remarks("BARRIER=1\nREADY=1").contains("alone"));
    }

    #[test]
    fn what_is_ignored() {
        assert!(parse(b"", 0).is_err());
        assert!(parse(b"\n\n", 2).is_err());
        assert!(parse(b"READY=1\0STATUS=x", 16).is_err());
        assert!(parse(&[b'x'; MAX_BYTES], 4_263_616).is_err_and(|why| why.as_str().contains("4263616")));
    }

    #[test]
    fn numbers() {
        for (text, value) in [("12", 12), (" +0x1F", 31), ("010", 8), ("0b11", 3), ("-0", 0), ("0", 0)] {
            assert_eq!(number(text), Ok(value), "{text}");
        }
        for text in ["", "-1", "1 ", "0x", "18446744073709551616", "ß", "é1", "9a"] {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
