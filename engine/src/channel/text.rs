//! The messages that the library composes.
#![forbid(unsafe_code)]

use crate::utf8::first_character;

/// The longest message that systemd reads, in bytes. It drops longer ones.
pub const MESSAGE_MAX: usize = 4096;

const STATUS: &[u8] = b"STATUS=";
const RELOADING: &[u8] = b"RELOADING=1\nMONOTONIC_USEC=";
/// The length of [`RELOADING`] with the digits of any 64-bit number.
pub const RELOADING_MAX: usize = RELOADING.len() + 20;

/// `STATUS=` and one line of UTF-8 in which nothing can end the line or control a terminal. Each byte of a control
/// character, C0 or C1, becomes a space, and each byte that is not UTF-8 a question mark. The line is truncated,
/// between two characters, where the message would become too long.
pub fn status<'a>(line: &[u8], buffer: &'a mut [u8; MESSAGE_MAX]) -> &'a [u8] {
    let mut end = 0;
    let mut rest = line;
    for (to, from) in buffer.iter_mut().zip(STATUS) {
        *to = *from;
        end += 1;
    }
    while !rest.is_empty() {
        let (len, instead) = match first_character(rest) {
            Some((character, len)) if character.is_control() => (len, Some(b' ')),
            Some((_, len)) => (len, None),
            None => (1, Some(b'?')),
        };
        let (Some((character, beyond)), Some(room)) = (rest.split_at_checked(len), buffer.get_mut(end..end + len))
        else {
            break;
        };
        for (to, from) in room.iter_mut().zip(character) {
            *to = instead.unwrap_or(*from);
        }
        end += len;
        rest = beyond;
    }
    buffer.get(..end).unwrap_or(&[])
}

/// `RELOADING=1` with the time that `Type=notify-reload` requires. Written from end to beginning.
pub fn reloading(monotonic_usec: u64, buffer: &mut [u8; RELOADING_MAX]) -> &[u8] {
    let mut start = buffer.len();
    let mut prepend = |byte: u8| {
        start = start.wrapping_sub(1);
        if let Some(slot) = buffer.get_mut(start) {
            *slot = byte;
        }
    };
    let mut rest = monotonic_usec;
    loop {
        prepend(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    for byte in RELOADING.iter().rev() {
        prepend(*byte);
    }
    buffer.get(start..).unwrap_or(&[])
}

#[cfg(test)]
mod tests;
