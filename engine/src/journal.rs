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

/// The source location of an entry.
pub struct Location<'a> {
    /// Two complete fields: `CODE_FILE=` and the file, `CODE_LINE=` and the line.
    pub fields: [Bytes<'a>; 2],
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
    pub location: Option<&'a Location<'a>>,
    /// Where the location goes.
    pub place: Place,
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
    fn frame(&self, framer: &mut Framer<'_, 'a>) -> Result<()> {
        if let (Some(location), Place::First) = (self.location, self.place) {
            location.frame(framer)?;
        }
        framer.add(self.fields)?;
        if let (Some(location), Place::Last) = (self.location, self.place) {
            location.frame(framer)?;
        }
        if !framer.is_identified()
            && let Some(name) = process::short_name().filter(|name| identifier::is_safe(name))
        {
            framer.add_identifier(name);
        }
        Ok(())
    }
}

impl<'a> Location<'a> {
    #[inline(never)]
    fn frame(&self, framer: &mut Framer<'_, 'a>) -> Result<()> {
        framer.add(&self.fields)?;
        framer.add_function(self.function);
        Ok(())
    }
}

/// Sends an entry to the journal. Succeeds if there is no journal.
pub fn send(entry: &Entry) -> Result<()> {
    let mut bytes = room();
    let mut framer = Framer::new(Gather::new(&mut bytes, &mut [], 0));
    entry.frame(&mut framer)?;
    let pieces = framer.pieces();
    match framer.framed().whole() {
        Some(whole) if pieces <= PIECES_MAX => transmit(&[Bytes::new(whole)], None),
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
    let mut framer = Framer::new(Gather::new(bytes, &mut many, RESERVED));
    entry.frame(&mut framer)?;
    transmit(framer.framed().pieces().ok_or(Stop::EINVAL)?, None)
}

/// Sends one datagram, of the pieces of a framed entry or of a file. Pieces that are too long for it are written to a
/// file. Succeeds if there is no journal.
fn transmit(pieces: &[Bytes], file: Option<Fd>) -> Result<()> {
    let result = socket::send(pieces, file);
    if file.is_none() && matches!(result, Err(Stop::EMSGSIZE | Stop::ENOBUFS | Stop::EAGAIN)) {
        return transmit_file(pieces);
    }
    if result == Err(Stop::ENOENT) { Ok(()) } else { result }
}

#[cold]
#[inline(never)]
fn transmit_file(pieces: &[Bytes]) -> Result<()> {
    let file = memfd::create()?;
    memfd::write(file.fd(), pieces)?;
    memfd::seal(file.fd())?;
    transmit(&[], Some(file.fd()))
}
