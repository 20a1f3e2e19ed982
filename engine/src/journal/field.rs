//! A field of an entry: what is a good one, and how it is framed.
#![forbid(unsafe_code)]

use crate::result::{Result, Stop, ensure};
use crate::sys::iovec::Gather;
use crate::sys::memory::{find, split};

/// Frames fields, one after another.
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

    /// Adds `NAME=value`, in two parts that follow each other; the `=` is in the first one. `EINVAL` if it has no name.
    /// Nothing else about a name is looked at: journald drops a field whose name it does not like.
    #[inline(never)]
    pub fn add(&mut self, head: &'a [u8], tail: &'a [u8]) -> Result<()> {
        let (name, value) = split(head, b'=').filter(|(name, _)| !name.is_empty()).ok_or(Stop::EINVAL)?;
        self.identified |= name.len() == IDENTIFIER.len() - 1 && head.starts_with(IDENTIFIER);
        let newline = find(head, b'\n');
        ensure(newline.is_none_or(|newline| newline > name.len()), Stop::EINVAL)?;
        let is_binary = newline.is_some() || !tail.is_empty() && find(tail, b'\n').is_some();
        if is_binary {
            // What could not be told from two fields: the name, a newline, the value's length, and the value.
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
        // In libsystemd the name is a piece of its own.
        self.pieces += 1;
        self.add(IDENTIFIER, name)
    }

    /// The caller says by itself who it is.
    pub fn is_identified(&self) -> bool {
        self.identified
    }

    /// Into how many pieces libsystemd would divide the fields: its limit is one of pieces.
    pub fn pieces(&self) -> usize {
        self.pieces
    }
}
