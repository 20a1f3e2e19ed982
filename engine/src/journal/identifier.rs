//! Names that the library puts into the journal itself: the program's and a namespace's.
#![forbid(unsafe_code)]

use crate::utf8::first_character;

/// Whether the program's name may be added to an entry. libsystemd rejects names that are not clean text or could be a
/// pattern.
pub fn is_safe(name: &[u8]) -> bool {
    let mut rest = name;
    while let [first, behind @ ..] = rest {
        rest = match first {
            0..0x20 | 0x7f | b'"' | b'\'' | b'\\' | b'*' | b'?' | b'[' => return false,
            0x20..0x7f => behind,
            _ => match first_character(rest) {
                Some('\u{fdd0}'..='\u{fdef}') | None => return false,
                Some(character) if u32::from(character) & 0xfffe == 0xfffe => return false,
                Some(character) => rest.get(character.len_utf8()..).unwrap_or_default(),
            },
        };
    }
    !name.is_empty()
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
