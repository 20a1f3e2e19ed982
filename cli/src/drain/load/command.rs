//! A number that a command prints.
#![forbid(unsafe_code)]

use crate::drain::shell;
use std::time::Duration;

pub fn measure(command: &str, time: Duration) -> Result<u64, String> {
    let output = shell::run(command, time)?;
    let mut words = output.split_whitespace();
    match (words.next(), words.next()) {
        (None, _) => Err("printed nothing".into()),
        (Some(word), None) => super::parse(word),
        (Some(_), Some(_)) => Err("printed more than a number".into()),
    }
}
