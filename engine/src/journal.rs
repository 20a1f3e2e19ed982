//! Journal entries: their content, their framing, and how they are sent.

use crate::result::{Result, Stop};
use crate::sys::fd::Fd;
use crate::sys::iovec::{Bytes, Gather, Room, room};
use crate::sys::journal as socket;
use crate::sys::{memfd, process};
use field::Framer;

mod field;
pub mod format;
mod identifier;
pub mod stream;

/// The source location of an entry. Each of the first two is a complete field.
#[derive(Clone, Copy)]
pub struct Location<'a> {
    /// `CODE_FILE=` and the file.
    pub file: &'a [u8],
    /// `CODE_LINE=` and the line.
    pub line: &'a [u8],
    /// The value of `CODE_FUNC`, without its name.
    pub function: &'a [u8],
}

/// Where the location goes in an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before the given fields.
    First,
    /// After them.
    Last,
}

/// One entry.
pub struct Entry<'a> {
    /// Each `NAME=value`, with any bytes in the value.
    pub fields: &'a [Bytes<'a>],
    /// Its source location, if it is to have one.
    pub location: Option<(Place, Location<'a>)>,
}

/// Entries up to this length are copied into one piece, which the kernel handles faster than many.
const COPIED_MAX: usize = 4096;
/// The number of pieces that the kernel accepts at once (`UIO_MAXIOV`), and therefore libsystemd.
const PIECES_MAX: usize = 1024;
/// The bytes to copy for an entry in pieces: at most two per piece, and the names of two fields.
const RESERVED: usize = 2 * PIECES_MAX + 64;

impl<'a> Entry<'a> {
    /// Frames the entry, with the program's name at its end unless it has one.
    #[inline(never)]
    fn frame(&self, framer: &mut Framer<'_, '_, 'a>) -> Result<()> {
        if let Some((Place::First, location)) = &self.location {
            location.frame(framer)?;
        }
        for field in self.fields {
            framer.add(field.get().ok_or(Stop::EINVAL)?, &[])?;
        }
        if let Some((Place::Last, location)) = &self.location {
            location.frame(framer)?;
        }
        match process::short_name() {
            Some(name) if !framer.is_identified() && identifier::is_safe(name) => framer.add_identifier(name),
            _ => Ok(()),
        }
    }
}

impl<'a> Location<'a> {
    #[inline(never)]
    fn frame(&self, framer: &mut Framer<'_, '_, 'a>) -> Result<()> {
        framer.add(self.file, &[])?;
        framer.add(self.line, &[])?;
        framer.add(b"CODE_FUNC=", self.function)
    }
}

/// Sends an entry to the journal. Succeeds if there is no journal.
pub fn send(entry: &Entry) -> Result<()> {
    let mut bytes = room();
    let mut one = room::<_, 1>();
    let mut gather = Gather::new(&mut bytes, &mut one, 0);
    let mut framer = Framer::new(&mut gather);
    entry.frame(&mut framer)?;
    let pieces = framer.pieces();
    match gather.pieces() {
        Some(whole) if pieces <= PIECES_MAX => transmit(whole),
        _ => send_in_pieces(entry, pieces, &mut bytes),
    }
}

/// An entry that is too long to copy, or has too many pieces.
#[cold]
#[inline(never)]
fn send_in_pieces(entry: &Entry, pieces: usize, bytes: &mut Room<u8, COPIED_MAX>) -> Result<()> {
    if pieces > PIECES_MAX {
        // In libsystemd the kernel detects this, once everything is ready to write the file.
        socket::open()?;
        memfd::create()?;
        return Err(Stop::EINVAL);
    }
    let mut many = room::<_, PIECES_MAX>();
    let mut gather = Gather::new(bytes, &mut many, RESERVED);
    entry.frame(&mut Framer::new(&mut gather))?;
    transmit(gather.pieces().ok_or(Stop::EINVAL)?)
}

/// Sends the pieces of a framed entry as one datagram, or as a file if they are too long.
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

/// Sends one datagram. Succeeds if there is no journal.
fn deliver(pieces: &[Bytes], file: Option<Fd>) -> Result<()> {
    match socket::send(pieces, file) {
        Err(Stop::ENOENT) => Ok(()),
        result => result,
    }
}
