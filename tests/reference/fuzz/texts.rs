//! Texts that are likely to be interesting: numbers nearly right, lists of names, addresses.

use proptest::prelude::*;
use proptest::sample::select;
use sdnotify_tests::probe::text;

/// Bytes as the probe reads them; NUL ends a text, and so is left out.
pub fn bytes(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(1_u8..=255, 0..=most).prop_map(|bytes| text(&bytes))
}

/// Pieces of the syntax of numbers in any order, and numbers at the limits of every width.
pub fn number() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "", "", " ", "\t", "\n", "\r", "\x0b", "\x0c", "+", "-", "0", "0x", "0X", "0b", "0B", "0o", "0O", "00", "1",
        "7", "8", "9", "f", "10", "ff", "777", "0101", "x", ".", "e", "z", "\u{a0}", "\u{661}", "_", ",",
    ];
    const LIMITS: &[u128] = &[
        0,
        1,
        2,
        3,
        0x7f,
        0xff,
        0x7fff,
        0xffff,
        0x7fff_fffc,
        0x7fff_fffd,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        0x1_0000_0000,
        0x7fff_ffff_ffff_ffff,
        0x8000_0000_0000_0000,
        0xffff_ffff_ffff_fffe,
        0xffff_ffff_ffff_ffff,
        0x1_0000_0000_0000_0000,
        0xffff_ffff_ffff_ffff_ffff,
    ];
    let limit = (select(LIMITS), -2_i128..=2, 0..6).prop_map(|(limit, by, base)| {
        let n = limit.saturating_add_signed(by);
        match base {
            0 => format!("{n:#x}"),
            1 => format!("{n:#b}"),
            2 => format!("0{n:o}"),
            3 => format!("{n:#o}"),
            _ => format!("{n}"),
        }
    });
    let pieces = |most| prop::collection::vec(select(PIECES), 0..=most).prop_map(|pieces| pieces.concat());
    prop_oneof![
        3 => pieces(5).prop_map(|number| text(number.as_bytes())),
        3 => (pieces(2), limit, prop_oneof![4 => Just(String::new()).boxed(), 1 => pieces(2).boxed()])
            .prop_map(|(before, number, behind)| text((before + &number + &behind).as_bytes())),
        2 => (0_u64..100_000_000).prop_map(|number| text(number.to_string().as_bytes())),
        1 => bytes(6),
    ]
}

/// Names between colons, with backslashes and other bytes.
pub fn names() -> impl Strategy<Value = String> {
    let byte = prop_oneof![3 => Just(b':'), 2 => Just(b'\\'), 6 => b'a'..=b'e', 1 => select(&b"\"' \n\t%=/"[..]), 1 => 1_u8..=255];
    prop_oneof![
        6 => prop::collection::vec(byte, 0..24).prop_map(|bytes| text(&bytes)),
        2 => select(&["a", "a:b", "a:b:c", "::", ":", "a:b:c:d", r"a\:b:c", r"a\\:b"][..]).prop_map(|names| format!("={names}")),
        1 => (1..3000_usize, select(&["3a", "5c", "61"][..])).prop_map(|(count, byte)| format!("{count}*{byte}")),
    ]
}

/// Values of NOTIFY_SOCKET: the receiver's, near it, and anything.
pub fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => Just("=@{id}".to_owned()),
        4 => Just("={dir}/socket".to_owned()),
        1 => select(&["=@{id}|x20", "=@{id}|=x", "={dir}/nothing", "={dir}", "={dir}/file/x", "=/", "=@", "x", "=//", "=."][..])
            .prop_map(str::to_owned),
        1 => (100..115_usize).prop_map(|count| format!("=@|{count}*61")),
        1 => (100..115_usize).prop_map(|count| format!("=/|{count}*61")),
        2 => (select(&["vsock:", "vsock-stream:", "vsock-dgram:", "vsock-seqpacket:", "vsock", "VSOCK:", "vsock-raw:"][..]),
              prop_oneof![select(&["x", "=any", "=local", "=host", "=hypervisor", "=-1", "=2", "=1"][..]).prop_map(str::to_owned), number()],
              select(&["=:", "x", "=::"][..]), prop_oneof![Just("=1234".to_owned()).boxed(), number().boxed()])
            .prop_map(|(kind, cid, colon, port)| format!("={kind}|{cid}|{colon}|{port}")),
        1 => bytes(12),
        1 => bytes(12).prop_map(|bytes| format!("=/|{bytes}")),
        1 => bytes(12).prop_map(|bytes| format!("=@sdf-rest-{{id}}|{bytes}")),
    ]
}

/// What is sent; now and then more than fits anywhere.
pub fn state() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => bytes(80),
        10 => select(&["=READY=1", "=WATCHDOG=1", "=STATUS=up", "=BARRIER=1", "=FDSTORE=1|x0a|=FDNAME=a", "x", "-"][..])
            .prop_map(str::to_owned),
        2 => (0..5000_usize, 1_u8..=255).prop_map(|(count, byte)| format!("{count}*{byte:02x}")),
        1 => (0..300_000_usize).prop_map(|count| format!("{count}*61")),
    ]
}

/// Of any length up to beyond 8 MiB.
pub fn large_state() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..9_000_000_usize).prop_map(|count| format!("{count}*61")),
        (-300..300_i32).prop_map(|by| format!("{}*61", 212_992 + by)),
        (-600..600_i32).prop_map(|by| format!("{}*61", 4_263_616 + by)),
        (-2..3_i32).prop_map(|by| format!("{}*61", (8 << 20) + by)),
    ]
}
