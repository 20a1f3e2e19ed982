use super::*;
use crate::testing::{c_number, config, numeral};
use proptest::prelude::*;

#[test]
fn overflow_is_noticed_here() {
    let most = std::hint::black_box(u8::MAX);
    assert!(std::panic::catch_unwind(|| most + std::hint::black_box(1)).is_err(), "no overflow checks");
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn numbers_are_the_c_librarys(text in numeral()) {
        let unsigned = match c_number(&text, false) {
            Ok((value, true)) if value != 0 => Err(Stop::ERANGE),
            result => result.map(|(value, _)| value),
        };
        prop_assert_eq!(unsigned64(&text), unsigned);
        let narrow = unsigned.and_then(|value| u32::try_from(value).map_err(|_| Stop::ERANGE));
        prop_assert_eq!(unsigned32(&text), narrow);
        let pid = unsigned.and_then(|value| i32::try_from(value).ok().filter(|pid| *pid > 0).ok_or(Stop::ERANGE));
        prop_assert_eq!(super::pid(&text), pid);
        let signed = c_number(&text, true).and_then(|(value, _)| i32::try_from(value as i64).map_err(|_| Stop::ERANGE));
        prop_assert_eq!(signed32(&text), signed);
    }
}

#[test]
fn the_bases() {
    for (text, value) in [
        ("0", 0),
        ("-0", 0),
        ("+7", 7),
        (" 7", 7),
        ("\t\n\r7", 7),
        ("\x0b7", 7),
        ("010", 8),
        ("0o10", 8),
        ("0O10", 8),
        ("0x10", 16),
        ("0XfF", 255),
        ("0b101", 5),
        ("0B101", 5),
        ("18446744073709551615", u64::MAX),
    ] {
        assert_eq!(unsigned64(text.as_bytes()), Ok(value), "{text:?}");
    }
}

#[test]
fn what_is_no_number() {
    for text in ["", " ", "+", "-", "0x", "0b", "0o", "0b2", "09", "1 ", "1x", "one", "1.0", "0x-1", "--1", "1\n"] {
        assert_eq!(unsigned64(text.as_bytes()), Err(Stop::EINVAL), "{text:?}");
    }
}

#[test]
fn out_of_range() {
    assert_eq!(unsigned64(b"18446744073709551616"), Err(Stop::ERANGE));
    assert_eq!(unsigned64(b"18446744073709551616x"), Err(Stop::ERANGE), "the range is looked at first");
    assert_eq!(unsigned64(b"-1"), Err(Stop::ERANGE));
    assert_eq!(unsigned32(b"4294967295"), Ok(u32::MAX));
    assert_eq!(unsigned32(b"4294967296"), Err(Stop::ERANGE));
    assert_eq!(signed32(b"-2147483648"), Ok(i32::MIN));
    assert_eq!(signed32(b"2147483648"), Err(Stop::ERANGE));
}

#[test]
fn a_process_id_is_positive() {
    assert_eq!(super::pid(b"1"), Ok(1));
    assert_eq!(super::pid(b"2147483647"), Ok(i32::MAX));
    for text in ["0", "-1", "2147483648"] {
        assert_eq!(super::pid(text.as_bytes()), Err(Stop::ERANGE), "{text}");
    }
    assert_eq!(super::pid(b"self"), Err(Stop::EINVAL));
}
