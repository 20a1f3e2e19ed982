//! Entries for the journal: what is in one, how it is framed, and which way it goes.

use crate::result::{Result, Stop};
use crate::sys::fd::Fd;
use crate::sys::iovec::{Bytes, Gather, Storage};
use crate::sys::journal as socket;
use crate::sys::memory::Buffer;
use crate::sys::{memfd, process};
use field::{COPIED_MAX, Field, Sink};

mod field;
pub mod format;
mod identifier;
pub mod stream;

/// Where in the source an entry comes from. Each of the first two is a whole field.
#[derive(Clone, Copy)]
pub struct Location<'a> {
    /// `CODE_FILE=` and the file.
    pub file: &'a [u8],
    /// `CODE_LINE=` and the line.
    pub line: &'a [u8],
    /// The value of `CODE_FUNC` alone.
    pub function: &'a [u8],
}

/// Where an entry's location stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before the fields given.
    First,
    /// Behind them.
    Last,
}

/// One entry.
pub struct Entry<'a> {
    /// Each `NAME=value`, with any bytes in the value.
    pub fields: &'a [Bytes<'a>],
    /// Where it comes from, if that is to be told.
    pub location: Option<(Place, Location<'a>)>,
}

/// How many pieces the kernel takes at once (its `UIO_MAXIOV`), and so libsystemd.
const PIECES_MAX: usize = crate::sys::iovec::MAX;
/// What libsystemd adds for the identifier.
const IDENTIFIER_PIECES: usize = 3;

impl<'a> Entry<'a> {
    /// The field at an index: those given, behind or before the location's; none at the end.
    fn field(&self, index: usize) -> Result<Option<Field<'a>>> {
        let (given, of_location) = match self.location {
            None => (index, usize::MAX),
            Some((Place::First, _)) => (index.wrapping_sub(Location::FIELDS), index),
            Some((Place::Last, _)) => (index, index.wrapping_sub(self.fields.len())),
        };
        match (self.fields.get(given), &self.location) {
            (Some(bytes), _) => Field::parse(bytes.get().ok_or(Stop::EINVAL)?).map(Some),
            (None, Some((_, location))) => location.field(of_location),
            (None, None) => Ok(None),
        }
    }

    /// Frames the entry with the program's name at its end, unless it has one. Returns the number of pieces that it is
    /// in libsystemd.
    #[inline(never)]
    fn frame(&self, mut sink: Sink<'_, '_, 'a>) -> Result<usize> {
        let mut pieces = 0;
        let mut identified = false;
        let mut index = 0;
        while let Some(field) = self.field(index)? {
            pieces += field.pieces();
            identified |= field.is_identifier();
            field.frame(&mut sink);
            index += 1;
        }
        if !identified && let Some(name) = process::short_name().filter(|name| identifier::is_safe(name)) {
            pieces += IDENTIFIER_PIECES;
            Field::identifier(name).frame(&mut sink);
        }
        Ok(pieces)
    }
}

impl<'a> Location<'a> {
    /// How many fields it has.
    const FIELDS: usize = 3;

    fn field(&self, index: usize) -> Result<Option<Field<'a>>> {
        match index {
            0 => Field::parse(self.file).map(Some),
            1 => Field::parse(self.line).map(Some),
            2 => Ok(Some(Field::function(self.function))),
            _ => Ok(None),
        }
    }
}

/// Sends an entry to the journal. Where there is none, that is a success.
pub fn send(entry: &Entry) -> Result<()> {
    let mut buffer = Buffer::<COPIED_MAX>::new();
    let pieces = entry.frame(Sink::Copy(&mut buffer))?;
    match buffer.bytes() {
        Some(bytes) if pieces <= PIECES_MAX => transmit(&[Bytes::new(bytes)]),
        _ => send_in_pieces(entry, pieces),
    }
}

/// An entry that is too long to be copied, or has too many pieces.
#[cold]
#[inline(never)]
fn send_in_pieces(entry: &Entry, pieces: usize) -> Result<()> {
    if pieces > PIECES_MAX {
        // In libsystemd the kernel finds that out, when all is there to write the file.
        socket::open()?;
        memfd::create()?;
        return Err(Stop::EINVAL);
    }
    let mut storage = Storage::new();
    let mut gather = Gather::new(&mut storage);
    entry.frame(Sink::Gather(&mut gather))?;
    transmit(gather.pieces().ok_or(Stop::EINVAL)?)
}

/// Sends the pieces of a framed entry as one datagram, or as a file when they are too long for that.
fn transmit(pieces: &[Bytes]) -> Result<()> {
    match deliver(pieces, None) {
        Err(Stop::EMSGSIZE | Stop::ENOBUFS | Stop::EAGAIN) => transmit_file(pieces),
        result => result,
    }
}

#[cold]
#[inline(never)]
fn transmit_file(pieces: &[Bytes]) -> Result<()> {
    let file = memfd::create()?;
    memfd::write(file.fd(), pieces)?;
    memfd::seal(file.fd())?;
    deliver(&[], Some(file.fd()))
}

/// Sends one datagram. Nobody misses it where there is no journal.
fn deliver(pieces: &[Bytes], file: Option<Fd>) -> Result<()> {
    match socket::send(pieces, file) {
        Err(Stop::ENOENT) => Ok(()),
        result => result,
    }
}
