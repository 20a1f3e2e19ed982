//! The modules that touch neither memory by pointers nor the system, compiled into this test with overflow checks and
//! debug assertions, on arbitrary bytes beside plain references.
#![allow(dead_code)]

#[path = "../src/address.rs"]
mod address;
#[path = "../src/names.rs"]
mod names;
#[path = "../src/number.rs"]
mod number;
#[path = "../src/status.rs"]
mod status;
#[path = "../src/channel/text.rs"]
mod text;

use address::Address;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use status::{Stop, number_to_c};
use std::ffi::CString;

fn config() -> ProptestConfig {
    ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() }
}

/// Any bytes that can stand in a variable.
fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(1..=255_u8, 0..=most)
}

/// Nearly numbers.
fn numeral() -> impl Strategy<Value = Vec<u8>> {
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

/// The C library's own conversion, of the same text from the same place, as systemd calls it.
fn c_number(text: &[u8], signed: bool) -> Result<(u64, bool), i32> {
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
        (0, _) => Err(-libc::EINVAL),
        (errno, _) => Err(-errno),
    }
}

/// A result as its number, or what a C function would answer.
fn plain<T>(result: status::Result<T>) -> Result<T, i32> {
    result.map_err(|stop| number_to_c(Err(stop)))
}

#[test]
fn overflow_is_noticed_here() {
    let most = std::hint::black_box(u8::MAX);
    assert!(std::panic::catch_unwind(|| most + std::hint::black_box(1)).is_err(), "no overflow checks");
    assert!(cfg!(debug_assertions));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn numbers_are_the_c_librarys(text in numeral()) {
        let unsigned = match c_number(&text, false) {
            Ok((value, true)) if value != 0 => Err(-libc::ERANGE),
            result => result.map(|(value, _)| value),
        };
        prop_assert_eq!(plain(number::unsigned64(&text)), unsigned);
        let narrow = unsigned.and_then(|value| u32::try_from(value).map_err(|_| -libc::ERANGE));
        prop_assert_eq!(plain(number::unsigned32(&text)), narrow);
        let pid = unsigned.and_then(|value| i32::try_from(value).ok().filter(|pid| *pid > 0).ok_or(-libc::ERANGE));
        prop_assert_eq!(plain(number::pid(&text)), pid);
        let signed = c_number(&text, true).and_then(|(value, _)| i32::try_from(value as i64).map_err(|_| -libc::ERANGE));
        prop_assert_eq!(plain(number::signed32(&text)), signed);
    }

    #[test]
    fn an_address_is_one_that_can_be_used(text in prop_oneof![
        bytes(120),
        bytes(115).prop_map(|rest| [b"/", &rest[..]].concat()),
        bytes(115).prop_map(|rest| [b"@", &rest[..]].concat()),
        bytes(12).prop_map(|rest| [b"vsock", &rest[..]].concat()),
        (numeral(), numeral()).prop_map(|(cid, port)| [b"vsock:", &cid[..], b":", &port[..]].concat()),
    ]) {
        match address::parse(&text) {
            Ok(Address::Unix(name)) => {
                prop_assert_eq!(name, &text[..]);
                prop_assert!((2..address::UNIX_PATH).contains(&name.len()) && b"/@".contains(&name[0]));
            }
            Ok(Address::Vsock(found)) => {
                prop_assert!(found.cid != u32::MAX && found.port != u32::MAX && text.starts_with(b"vsock"));
            }
            Err(stop) => prop_assert!(number_to_c(Err(stop)) < 0),
        }
    }

    #[test]
    fn a_vsock_address_round_trip(cid in 0..u32::MAX, port in 0..u32::MAX, kind in 0..4_usize) {
        let (name, kind) = [("", 0), ("-dgram", libc::SOCK_DGRAM), ("-seqpacket", libc::SOCK_SEQPACKET),
            ("-stream", libc::SOCK_STREAM)][kind];
        let text = format!("vsock{name}:{cid}:{port}");
        let Ok(Address::Vsock(found)) = address::parse(text.as_bytes()) else { panic!("{text}") };
        prop_assert_eq!((found.cid, found.port, found.kind), (cid, port, kind));
    }

    #[test]
    fn names_round_trip(list in vec(vec(prop_oneof![select(&b":\\a"[..]), 1..=255_u8], 0..10), 1..10)) {
        let escaped = |name: &Vec<u8>| -> Vec<u8> {
            name.iter().flat_map(|byte| match byte {
                b':' | b'\\' => vec![b'\\', *byte],
                _ => vec![*byte],
            }).collect()
        };
        let text = list.iter().map(escaped).collect::<Vec<_>>().join(&b':');
        prop_assert_eq!(plain(names::count(&text)), Ok(list.len()));
        let found: Vec<Vec<u8>> = names::split(&text).map(|name| names::unescape(name).collect()).collect();
        prop_assert_eq!(found, list);
    }

    #[test]
    fn names_lose_nothing(text in vec(prop_oneof![select(&b":\\a"[..]), 1..=255_u8], 0..40)) {
        let found: Vec<&[u8]> = names::split(&text).collect();
        prop_assert_eq!(found.join(&b':'), text.clone());
        // By hand: what an escape leaves open at the end.
        let open = text.iter().fold(false, |open, byte| !open && *byte == b'\\');
        prop_assert_eq!(plain(names::count(&text)), if open { Err(-libc::EINVAL) } else { Ok(found.len()) });
        prop_assert!(found.iter().all(|name| names::unescape(name).count() <= name.len()));
    }

    #[test]
    fn a_status_is_one_line_of_utf8(line in prop_oneof![
        bytes(60),
        any::<String>().prop_map(String::into_bytes),
        vec(select(&["é", "€", "😀", "\u{85}", "\u{9f}", "\n", "\x1b", "\u{7f}", "\u{e2}", "x"][..]), 1000..2500)
            .prop_map(|pieces| pieces.concat().into_bytes()),
    ]) {
        let mut buffer = [0; text::MESSAGE_MAX];
        let found = std::str::from_utf8(text::status(&line, &mut buffer)).expect("UTF-8");
        // The standard library's decoder, without regard to the length.
        let mut expected = "STATUS=".to_owned();
        for chunk in line.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c.is_control() { expected += &" ".repeat(c.len_utf8()) } else { expected.push(c) }
            }
            expected += &"?".repeat(chunk.invalid().len());
        }
        prop_assert!(expected.starts_with(found));
        prop_assert!(found.len() == expected.len() || found.len() > text::MESSAGE_MAX - 4);
    }

    #[test]
    fn a_reload_has_its_time(usec in prop_oneof![any::<u64>(), select(&[0, 1, 9, 10, u64::MAX][..])]) {
        let mut buffer = [0; text::RELOADING_MAX];
        let expected = format!("RELOADING=1\nMONOTONIC_USEC={usec}");
        prop_assert_eq!(text::reloading(usec, &mut buffer), expected.as_bytes());
    }

    #[test]
    fn an_errno_becomes_a_negative_answer(errno in any::<i32>()) {
        let stop = Stop::from_errno(errno);
        prop_assert_eq!(number_to_c(Err(stop)), errno.wrapping_neg());
        prop_assert!(!(stop.is_not_supported() && stop.is_privilege()));
        prop_assert_eq!(stop.is_privilege(), [libc::EACCES, libc::EPERM].contains(&errno));
    }
}
