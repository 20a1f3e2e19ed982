//! Shared by the tests of several modules: texts to try, and what the C library makes of them.

use crate::result::{Result, Stop};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::ffi::CString;

/// Enough cases to expose a rare mistake, or `$FUZZ_CASES`; none is written to a file.
pub fn config() -> ProptestConfig {
    let cases = std::env::var("FUZZ_CASES").map_or(20_000, |cases| cases.parse().expect("a number"));
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// For cases that need system calls.
pub fn few() -> ProptestConfig {
    ProptestConfig { cases: 500, ..config() }
}

/// Any bytes that can stand in a variable.
pub fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(1..=255_u8, 0..=most)
}

/// Nearly numbers.
pub fn numeral() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&str] = &[
        " ",
        "\t",
        "\n",
        "\r",
        "\x0b",
        "\x0c",
        "+",
        "-",
        "0",
        "00",
        "0x",
        "0X",
        "0b",
        "0B",
        "0o",
        "0O",
        "1",
        "7",
        "8",
        "9",
        "a",
        "F",
        "x",
        ".",
        "2147483647",
        "2147483648",
        "4294967295",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "ffffffffffffffff",
        "777777777777777777777",
    ];
    prop_oneof![
        6 => vec(select(PIECES), 0..6).prop_map(|pieces| pieces.concat().into_bytes()),
        1 => any::<u64>().prop_map(|n| n.to_string().into_bytes()),
        1 => any::<i32>().prop_map(|n| n.to_string().into_bytes()),
        1 => any::<u64>().prop_map(|n| format!("{n:#x}").into_bytes()),
        2 => bytes(8),
    ]
}

/// The C library's own conversion, called as systemd calls it.
pub fn c_number(text: &[u8], signed: bool) -> Result<(u64, bool)> {
    let start = text.iter().position(|byte| !b" \t\n\r".contains(byte)).unwrap_or(text.len());
    let (text, base) = match &text[start..] {
        [b'0', b'b' | b'B', rest @ ..] => (rest, 2),
        [b'0', b'o' | b'O', rest @ ..] => (rest, 8),
        rest => (rest, 0),
    };
    let string = CString::new(text).expect("no NUL");
    let mut end = std::ptr::null_mut();
    // SAFETY: the text is NUL-terminated, and end is written to; errno is this thread's.
    let (value, errno) = unsafe {
        *libc::__errno_location() = 0;
        let value = match signed {
            true => libc::strtol(string.as_ptr(), &raw mut end, base) as u64,
            false => libc::strtoull(string.as_ptr(), &raw mut end, base),
        };
        (value, *libc::__errno_location())
    };
    // SAFETY: end points into the text or at its NUL.
    let read = unsafe { end.offset_from(string.as_ptr()) } as usize;
    match (errno, read) {
        (0, 1..) if read == text.len() => Ok((value, text.first() == Some(&b'-'))),
        (0, _) => Err(Stop::EINVAL),
        (errno, _) => Err(Stop::from_errno(errno)),
    }
}
