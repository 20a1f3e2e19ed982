//! `$LISTEN_FDNAMES`: names between colons, in which a backslash takes the next byte as it is.
#![forbid(unsafe_code)]

use crate::result::{Result, Stop};

/// What a descriptor is called when the service manager did not say.
pub const UNKNOWN: &[u8] = b"unknown";

/// The names in `text`, each still with its backslashes. There is always one at least, if only an empty one.
pub fn split(text: &[u8]) -> Names<'_> {
    Names { rest: Some(text) }
}

/// How many names there are; `EINVAL` if the text ends within an escape.
pub fn count(text: &[u8]) -> Result<usize> {
    let dangling = text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
    if dangling { Err(Stop::EINVAL) } else { Ok(split(text).count()) }
}

/// A name's own bytes.
pub fn unescape(name: &[u8]) -> impl Iterator<Item = u8> {
    let mut bytes = name.iter().copied();
    core::iter::from_fn(move || match bytes.next() {
        Some(b'\\') => bytes.next(),
        byte => byte,
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
