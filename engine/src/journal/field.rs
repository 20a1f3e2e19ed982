//! The fields of an entry: which are valid, and how they are framed.
#![forbid(unsafe_code)]

use crate::result::{Result, Stop, ensure};
use crate::sys::iovec::Gather;
use crate::sys::memory::{find, split};

/// Frames fields one after another.
pub struct Framer<'g, 's, 'a> {
    to: &'g mut Gather<'s, 'a>,
    pieces: usize,
    identified: bool,
}

const IDENTIFIER: &[u8] = b"SYSLOG_IDENTIFIER=";

impl<'g, 's, 'a> Framer<'g, 's, 'a> {
    pub fn new(to: &'g mut Gather<'s, 'a>) -> Framer<'g, 's, 'a> {
        Framer { to, pieces: 0, identified: false }
    }

    /// Adds `NAME=value`, given as two consecutive parts with the `=` in the first. `EINVAL` if it has no name. The
    /// name is not checked otherwise: journald drops fields with invalid names.
    #[inline(never)]
    pub fn add(&mut self, head: &'a [u8], tail: &'a [u8]) -> Result<()> {
        let (name, value) = split(head, b'=').filter(|(name, _)| !name.is_empty()).ok_or(Stop::EINVAL)?;
        self.identified |= name.len() == IDENTIFIER.len() - 1 && head.starts_with(IDENTIFIER);
        let newline = find(head, b'\n');
        ensure(newline.is_none_or(|newline| newline > name.len()), Stop::EINVAL)?;
        let is_binary = newline.is_some() || !tail.is_empty() && find(tail, b'\n').is_some();
        if is_binary {
            // A value with a newline would look like two fields: send the name, a newline, the value's length and the
            // value.
            self.to.put(name);
            let mut between = [b'\n'; 9];
            between[1..].copy_from_slice(&((value.len() + tail.len()) as u64).to_le_bytes());
            self.to.put_copy(&between);
            self.to.put(value);
            self.pieces += 5;
        } else {
            self.to.put(head);
            self.pieces += 2;
        }
        if !tail.is_empty() {
            self.to.put(tail);
        }
        self.to.put_newline();
        Ok(())
    }

    /// Adds the program's name.
    pub fn add_identifier(&mut self, name: &'a [u8]) -> Result<()> {
        // In libsystemd the name is a separate piece.
        self.pieces += 1;
        self.add(IDENTIFIER, name)
    }

    /// Whether the caller passes the identifier itself.
    pub fn is_identified(&self) -> bool {
        self.identified
    }

    /// The number of pieces into which libsystemd would divide the fields: its limit counts pieces.
    pub fn pieces(&self) -> usize {
        self.pieces
    }
}
