use super::*;
use crate::testing::config;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn names_round_trip(list in vec(vec(prop_oneof![select(&b":\\a"[..]), 1..=255_u8], 0..10), 1..10)) {
        let escaped = |name: &Vec<u8>| -> Vec<u8> {
            name.iter().flat_map(|byte| match byte {
                b':' | b'\\' => vec![b'\\', *byte],
                _ => vec![*byte],
            }).collect()
        };
        let text = list.iter().map(escaped).collect::<Vec<_>>().join(&b':');
        prop_assert_eq!(count(&text), Ok(list.len()));
        let found: Vec<Vec<u8>> = split(&text).map(|name| unescape(name).collect()).collect();
        prop_assert_eq!(found, list);
    }

    #[test]
    fn names_lose_nothing(text in vec(prop_oneof![select(&b":\\a"[..]), 1..=255_u8], 0..40)) {
        let found: Vec<&[u8]> = split(&text).collect();
        prop_assert_eq!(found.join(&b':'), text.clone());
        // By hand: an unfinished escape at the end.
        let open = text.iter().fold(false, |open, byte| !open && *byte == b'\\');
        prop_assert_eq!(count(&text), if open { Err(Stop::EINVAL) } else { Ok(found.len()) });
        prop_assert!(found.iter().all(|name| unescape(name).count() <= name.len()));
    }
}

fn all(text: &[u8]) -> Vec<Vec<u8>> {
    split(text).map(|name| unescape(name).collect()).collect()
}

#[test]
fn an_empty_text_is_one_empty_name() {
    assert_eq!(count(b""), Ok(1));
    assert_eq!(all(b""), [b""]);
}

#[test]
fn colons_separate() {
    assert_eq!(all(b"a:b"), [b"a", b"b"]);
    assert_eq!(all(b":"), [b"", b""]);
    assert_eq!(count(b"a::b:"), Ok(4));
}

#[test]
fn a_backslash_takes_the_next_byte_as_it_is() {
    assert_eq!(all(br"a\:b\\:c"), [&br"a:b\"[..], b"c"]);
    assert_eq!(all(br"\a"), [b"a"]);
}

#[test]
fn a_backslash_at_the_end_takes_nothing() {
    assert_eq!(count(br"a\"), Err(Stop::EINVAL));
    assert_eq!(count(br"a\\"), Ok(1));
    assert_eq!(count(br"a\\\"), Err(Stop::EINVAL));
}
