//! The fields of an entry: which are valid, and how they are framed.
#![forbid(unsafe_code)]

use crate::result::{Result, Stop, ensure};
use crate::sys::iovec::{Bytes, Gather};
use crate::sys::memory::{find, split};

/// Frames fields one after another.
pub struct Framer<'s, 'a> {
    to: Gather<'s, 'a>,
    pieces: usize,
    identified: bool,
}

const IDENTIFIER: &[u8] = b"SYSLOG_IDENTIFIER=";
const FUNCTION: &[u8] = b"CODE_FUNC=";

impl<'s, 'a> Framer<'s, 'a> {
    pub fn new(to: Gather<'s, 'a>) -> Framer<'s, 'a> {
        Framer { to, pieces: 0, identified: false }
    }

    /// Adds fields, each `NAME=value`. `EINVAL` if one has no name. Names are not checked otherwise: journald drops fields
    /// with invalid names.
    #[inline(never)]
    pub fn add(&mut self, fields: &[Bytes<'a>]) -> Result<()> {
        let mut rest = fields;
        while let [field, behind @ ..] = rest {
            rest = behind;
            let field = field.get().ok_or(Stop::EINVAL)?;
            let name_len = find(field, b'=').filter(|&len| len > 0).ok_or(Stop::EINVAL)?;
            if name_len == IDENTIFIER.len() - 1 {
                // Less code than starts_with().
                self.identified |= IDENTIFIER.iter().zip(field).all(|(one, other)| one == other);
            }
            if find(field, b'\n').is_none() {
                self.pieces += 2;
                self.to.put_line(field);
            } else {
                self.add_unlike_text(field)?;
            }
        }
        Ok(())
    }

    /// Adds the function's name, which may contain anything.
    pub fn add_function(&mut self, name: &'a [u8]) {
        if find(name, b'\n').is_some() {
            self.add_binary(FUNCTION.split_last().map_or(FUNCTION, |(_, name)| name), name);
        } else {
            self.add_parts(FUNCTION, name);
        }
    }

    /// Adds the program's name, which has no newline.
    pub fn add_identifier(&mut self, name: &'a [u8]) {
        // In libsystemd the name is a separate piece.
        self.pieces += 1;
        self.add_parts(IDENTIFIER, name);
    }

    #[inline(never)]
    fn add_parts(&mut self, name: &'static [u8], value: &'a [u8]) {
        self.pieces += 2;
        self.to.put(name);
        self.to.put_line(value);
    }

    /// A field with a newline, in its name or in its value.
    #[cold]
    #[inline(never)]
    fn add_unlike_text(&mut self, field: &'a [u8]) -> Result<()> {
        let (name, value) = split(field, b'=').ok_or(Stop::EINVAL)?;
        ensure(find(name, b'\n').is_none(), Stop::EINVAL)?;
        self.add_binary(name, value);
        Ok(())
    }

    /// A value with a newline would look like two fields: sends the name, a newline, the value's length and the value.
    #[cold]
    #[inline(never)]
    fn add_binary(&mut self, name: &'a [u8], value: &'a [u8]) {
        self.pieces += 5;
        self.to.put(name);
        let mut between = [b'\n'; 9];
        between[1..].copy_from_slice(&(value.len() as u64).to_le_bytes());
        self.to.put_copy(&between);
        self.to.put_line(value);
    }

    /// Whether the caller passes the identifier itself.
    pub fn is_identified(&self) -> bool {
        self.identified
    }

    /// The number of pieces into which libsystemd would divide the fields: its limit counts pieces.
    pub fn pieces(&self) -> usize {
        self.pieces
    }

    /// What was framed.
    pub fn framed(&mut self) -> &mut Gather<'s, 'a> {
        &mut self.to
    }
}
