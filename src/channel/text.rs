//! The messages that the library composes.
#![forbid(unsafe_code)]

/// The longest message that systemd reads, in bytes; it drops longer ones.
pub const MESSAGE_MAX: usize = 4096;

const STATUS: &[u8] = b"STATUS=";
const RELOADING: &[u8] = b"RELOADING=1\nMONOTONIC_USEC=";
/// [`RELOADING`] and the digits of any 64-bit number.
pub const RELOADING_MAX: usize = RELOADING.len() + 20;

/// `STATUS=` and one line of UTF-8 in which nothing can end the line or speak to a terminal: each byte of a control
/// character, C0 or C1, becomes a space; what is not UTF-8 becomes U+FFFD. The line ends, between two characters, where
/// the message would become too long.
///
/// Nothing gets shorter, so that a character which the caller cut in two at `MESSAGE_MAX` is not looked at.
pub fn status<'a>(line: &[u8], buffer: &'a mut [u8; MESSAGE_MAX]) -> &'a [u8] {
    let mut end = append(buffer, 0, STATUS);
    for chunk in line.utf8_chunks() {
        let valid = chunk.valid();
        let mut len = valid.len().min(MESSAGE_MAX - end);
        while !valid.is_char_boundary(len) {
            len = len.saturating_sub(1);
        }
        let start = end;
        end = append(buffer, start, valid.as_bytes().get(..len).unwrap_or(&[]));
        blank_controls(buffer.get_mut(start..end).unwrap_or(&mut []));

        let invalid = if chunk.invalid().is_empty() { "" } else { "\u{fffd}" };
        if len < valid.len() || MESSAGE_MAX - end < invalid.len() {
            break;
        }
        end = append(buffer, end, invalid.as_bytes());
    }
    buffer.get(..end).unwrap_or(&[])
}

/// Copies `bytes`, if they fit, to `buffer` from `start`; where they end.
fn append(buffer: &mut [u8], start: usize, bytes: &[u8]) -> usize {
    let Some(room) = buffer.get_mut(start..).and_then(|rest| rest.get_mut(..bytes.len())) else {
        return start;
    };
    room.copy_from_slice(bytes);
    start + bytes.len()
}

fn blank_controls(utf8: &mut [u8]) {
    let mut before: Option<&mut u8> = None;
    for byte in utf8 {
        // U+0080 to U+009F
        match before {
            Some(lead) if *lead == 0xc2 && *byte < 0xa0 => {
                *lead = b' ';
                *byte = b' ';
            }
            _ if byte.is_ascii_control() => *byte = b' ',
            _ => {}
        }
        before = Some(byte);
    }
}

/// `RELOADING=1` with the time that `Type=notify-reload` asks for. It is written from its end to its beginning.
pub fn reloading(monotonic_usec: u64, buffer: &mut [u8; RELOADING_MAX]) -> &[u8] {
    let digits = core::iter::successors(Some(monotonic_usec), |rest| Some(rest / 10).filter(|rest| *rest > 0))
        .map(|rest| b'0' + (rest % 10) as u8);
    let mut start = buffer.len();
    for ((index, slot), byte) in buffer.iter_mut().enumerate().rev().zip(digits.chain(RELOADING.iter().rev().copied()))
    {
        *slot = byte;
        start = index;
    }
    buffer.get(start..).unwrap_or(&[])
}
