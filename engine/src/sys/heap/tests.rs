use super::*;
use crate::testing::config;
use proptest::collection::vec;
use proptest::prelude::*;
use std::vec::Vec;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_goes_in_comes_out_for_free(strings in vec(vec(1..=255_u8, 0..20), 0..8)) {
        let mut array = StringArray::with_capacity(strings.len()).expect("memory");
        for string in &strings {
            array.push(string.len(), string.iter().copied()).expect("memory and a place");
        }
        prop_assert_eq!(array.push(0, [].into_iter()), Err(Stop::ENOMEM), "no place is left");
        prop_assert_eq!(array.len(), strings.len());
        prop_assert_eq!(array.iter().map(CStr::to_bytes).collect::<Vec<_>>(), strings.iter().collect::<Vec<_>>());

        // As a C caller iterates over it.
        let raw = array.into_raw();
        let mut at = raw;
        let mut seen = Vec::new();
        // SAFETY: an array of NUL-terminated strings with NULL at its end, all of which are ours to free.
        unsafe {
            while !at.read().is_null() {
                seen.push(CStr::from_ptr(at.read()).to_bytes().to_vec());
                libc::free(at.read().cast());
                at = at.add(1);
            }
            libc::free(raw.cast());
        }
        prop_assert_eq!(seen, strings);
    }

    #[test]
    fn no_string_is_longer_than_was_asked_for(size in 0..10_usize, bytes in vec(1..=255_u8, 0..20)) {
        let mut array = StringArray::with_capacity(1).expect("memory");
        array.push(size, bytes.iter().copied()).expect("memory");
        let expected = &bytes[..size.min(bytes.len())];
        prop_assert_eq!(array.iter().next().map(CStr::to_bytes), Some(expected));
    }
}

#[test]
fn absurd_sizes_are_refused() {
    assert!(matches!(StringArray::with_capacity(usize::MAX), Err(Stop::ENOMEM)));
    assert!(matches!(StringArray::with_capacity(usize::MAX / 2), Err(Stop::ENOMEM)));
    let mut array = StringArray::with_capacity(1).expect("memory");
    assert_eq!(array.push(usize::MAX / 2, [].into_iter()), Err(Stop::ENOMEM));
}
