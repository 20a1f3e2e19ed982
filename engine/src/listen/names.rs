//! `$LISTEN_FDNAMES`: names separated by colons, in which a backslash escapes the next byte.
#![forbid(unsafe_code)]

use crate::result::{Result, Stop};

/// The name of a descriptor to which the service manager gave none.
pub const UNKNOWN: &[u8] = b"unknown";

/// The names in `text`, still with their backslashes. There is always at least one, though it may be empty.
pub fn split(text: &[u8]) -> Names<'_> {
    Names { rest: Some(text) }
}

/// The number of names; `EINVAL` if the text ends within an escape.
pub fn count(text: &[u8]) -> Result<usize> {
    let dangling = text.iter().fold(false, |escaped, byte| *byte == b'\\' && !escaped);
    if dangling { Err(Stop::EINVAL) } else { Ok(split(text).count()) }
}

/// The bytes of a name, without escapes.
pub fn unescape(name: &[u8]) -> impl Iterator<Item = u8> {
    let mut escaped = false;
    name.iter().copied().filter(move |byte| {
        escaped = *byte == b'\\' && !escaped;
        !escaped
    })
}

pub struct Names<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Names<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let mut escaped = false;
        let end = rest.iter().position(|byte| {
            let separator = *byte == b':' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            separator
        });
        match end.and_then(|end| Some((rest.get(..end)?, rest.get(end.checked_add(1)?..)?))) {
            Some((name, rest)) => {
                self.rest = Some(rest);
                Some(name)
            }
            None => self.rest.take(),
        }
    }
}

#[cfg(test)]
mod tests;
