//! A field of an entry: what is a good one, and how it is framed.
#![forbid(unsafe_code)]

use crate::result::{Result, Stop, ensure};
use crate::sys::iovec::Gather;
use crate::sys::memory::{self, Buffer};

/// Entries up to this length are copied into one piece, which the kernel takes faster than many.
pub const COPIED_MAX: usize = 4096;

/// Where a framed entry goes.
pub enum Sink<'s, 'g, 'a> {
    /// All of it is copied.
    Copy(&'s mut Buffer<COPIED_MAX>),
    /// What is long stays where it is.
    Gather(&'s mut Gather<'g, 'a>),
}

impl<'a> Sink<'_, '_, 'a> {
    /// Appends bytes that stay as they are until the entry is sent.
    #[inline(never)]
    fn put(&mut self, bytes: &'a [u8]) {
        match self {
            Sink::Copy(buffer) => buffer.push(bytes),
            Sink::Gather(gather) => gather.put(bytes),
        }
    }

    /// Appends bytes that will be gone.
    #[inline(never)]
    fn put_copy(&mut self, bytes: &[u8]) {
        match self {
            Sink::Copy(buffer) => buffer.push(bytes),
            Sink::Gather(gather) => gather.put_copy(bytes),
        }
    }
}

/// `NAME=value`, in two parts that follow each other; the `=` is in the first one.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    head: &'a [u8],
    tail: &'a [u8],
    /// Where the `=` is.
    equals: usize,
    /// The value has a newline in it.
    binary: bool,
}

const IDENTIFIER: &[u8] = b"SYSLOG_IDENTIFIER=";
const FUNCTION: &[u8] = b"CODE_FUNC=";

impl<'a> Field<'a> {
    /// A whole field; `EINVAL` if it has no name. Nothing else about a name is looked at: journald drops a field whose
    /// name it does not like.
    pub fn parse(whole: &'a [u8]) -> Result<Field<'a>> {
        let equals = memory::find(whole, b'=').ok_or(Stop::EINVAL)?;
        ensure(equals > 0, Stop::EINVAL)?;
        let newline = memory::find(whole, b'\n');
        ensure(newline.is_none_or(|newline| newline > equals), Stop::EINVAL)?;
        Ok(Field { head: whole, tail: &[], equals, binary: newline.is_some() })
    }

    /// `CODE_FUNC=` and the function's name.
    pub fn function(name: &'a [u8]) -> Field<'a> {
        Field { head: FUNCTION, tail: name, equals: FUNCTION.len() - 1, binary: memory::find(name, b'\n').is_some() }
    }

    /// `SYSLOG_IDENTIFIER=` and a name without newlines.
    pub fn identifier(name: &'a [u8]) -> Field<'a> {
        Field { head: IDENTIFIER, tail: name, equals: IDENTIFIER.len() - 1, binary: false }
    }

    /// The caller says by itself who it is.
    pub fn is_identifier(&self) -> bool {
        self.equals == IDENTIFIER.len() - 1 && self.head.starts_with(IDENTIFIER)
    }

    /// Into how many pieces libsystemd would divide it: its limit is one of pieces.
    pub fn pieces(&self) -> usize {
        if self.binary { 5 } else { 2 }
    }

    /// `NAME=value` and a newline; or, where that could not be told from two fields, `NAME` and a newline, the value's
    /// length as 64 bits, little endian, the value and a newline.
    pub fn frame(&self, sink: &mut Sink<'_, '_, 'a>) {
        if self.binary {
            let (name, rest) = self.head.split_at_checked(self.equals).unwrap_or_default();
            let (_, value) = rest.split_first().unwrap_or((&b'=', &[]));
            sink.put(name);
            sink.put_copy(b"\n");
            sink.put_copy(&((value.len() + self.tail.len()) as u64).to_le_bytes());
            sink.put(value);
        } else if self.tail.is_empty() {
            sink.put(self.head);
        } else {
            // A short constant.
            sink.put_copy(self.head);
        }
        sink.put(self.tail);
        sink.put_copy(b"\n");
    }
}
