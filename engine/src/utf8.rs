//! UTF-8. The standard library's decoders need tables larger than most modules here.
#![forbid(unsafe_code)]

/// The character that valid UTF-8 begins with, and its length in bytes.
pub fn first_character(bytes: &[u8]) -> Option<(char, usize)> {
    let (first, rest) = bytes.split_first()?;
    let (len, bits) = match first {
        0x00..0x80 => (1, 0x7f),
        0xc0..0xe0 => (2, 0x1f),
        0xe0..0xf0 => (3, 0x0f),
        0xf0..0xf8 => (4, 0x07),
        _ => return None,
    };
    let mut code = u32::from(first & bits);
    for next in rest.get(..len - 1)? {
        if next & 0xc0 != 0x80 {
            return None;
        }
        code = code << 6 | u32::from(next & 0x3f);
    }
    // Not a surrogate, not beyond Unicode, and not overlong.
    char::from_u32(code).filter(|character| character.len_utf8() == len).map(|character| (character, len))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::config;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn as_the_standard_library_decodes(bytes in prop_oneof![
            vec(any::<u8>(), 0..6),
            any::<char>().prop_map(|character| character.to_string().into_bytes()),
        ]) {
            let first = bytes.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
            prop_assert_eq!(first_character(&bytes), first.map(|first| (first, first.len_utf8())));
        }
    }

    #[test]
    fn every_character() {
        for character in '\0'..=char::MAX {
            assert_eq!(first_character(character.to_string().as_bytes()), Some((character, character.len_utf8())));
        }
    }

    #[test]
    fn no_character() {
        for bytes in
            [&b""[..], b"\x80", b"\xc3", b"\xc0\xaf", b"\xe2\x82", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff"]
        {
            assert_eq!(first_character(bytes), None, "{bytes:x?}");
        }
    }
}
