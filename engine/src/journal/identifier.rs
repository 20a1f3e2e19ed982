//! Names that the library puts into the journal itself: the program's and a namespace's.
#![forbid(unsafe_code)]

use crate::utf8::first_character;

/// Whether the program's name may be added to an entry. libsystemd rejects names that are not clean text or could be a
/// pattern.
pub fn is_safe(name: &[u8]) -> bool {
    !name.is_empty() && (name.iter().all(|byte| is_plain(*byte)) || is_safe_text(name))
}

#[cold]
#[inline(never)]
fn is_safe_text(mut rest: &[u8]) -> bool {
    while !rest.is_empty() {
        let len = match first_character(rest) {
            Some((character @ '\0'..='\x7f', _)) if !is_plain(character as u8) => return false,
            Some(('\u{fdd0}'..='\u{fdef}', _)) | None => return false,
            Some((character, _)) if u32::from(character) & 0xfffe == 0xfffe => return false,
            Some((_, len)) => len,
        };
        rest = rest.get(len..).unwrap_or_default();
    }
    true
}

/// Printable ASCII without quotes, the backslash and the characters of patterns.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\'' | b'\\' | b'*' | b'?' | b'[')
}

/// The longest namespace name: with what journald adds to it, it has to fit in a file name.
const NAMESPACE_MAX: usize = 222;

/// Whether this is a valid journal namespace name.
pub fn is_namespace(name: &[u8]) -> bool {
    (1..=NAMESPACE_MAX).contains(&name.len())
        && !matches!(name, b"." | b"..")
        && name
            .iter()
            .all(|byte| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b':' | b'-' | b'_' | b'.' | b'@'))
}
