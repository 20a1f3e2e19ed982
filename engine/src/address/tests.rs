use super::*;
use crate::testing::{bytes, config, numeral};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_address_is_one_that_can_be_used(text in prop_oneof![
        bytes(120),
        bytes(115).prop_map(|rest| [b"/", &rest[..]].concat()),
        bytes(115).prop_map(|rest| [b"@", &rest[..]].concat()),
        bytes(12).prop_map(|rest| [b"vsock", &rest[..]].concat()),
        (numeral(), numeral()).prop_map(|(cid, port)| [b"vsock:", &cid[..], b":", &port[..]].concat()),
    ]) {
        match parse(&text) {
            Ok(Address::Unix(name)) => {
                prop_assert_eq!(name, &text[..]);
                prop_assert!((2..UNIX_PATH).contains(&name.len()) && b"/@".contains(&name[0]));
            }
            Ok(Address::Vsock(found)) => {
                prop_assert!(found.cid != u32::MAX && found.port != u32::MAX && text.starts_with(b"vsock"));
            }
            Err(stop) => prop_assert!(stop.answer() < 0),
        }
    }

    #[test]
    fn a_vsock_address_round_trip(cid in 0..u32::MAX, port in 0..u32::MAX, kind in 0..4_usize) {
        let (name, kind) = [("", None), ("-dgram", Some(SocketType::Datagram)),
            ("-seqpacket", Some(SocketType::SeqPacket)), ("-stream", Some(SocketType::Stream))][kind];
        let text = format!("vsock{name}:{cid}:{port}");
        let Ok(Address::Vsock(found)) = parse(text.as_bytes()) else { panic!("{text}") };
        prop_assert_eq!((found.cid, found.port, found.kind), (cid, port, kind));
    }
}

fn error(text: &[u8]) -> Option<Stop> {
    parse(text).err()
}

fn vsock_of(text: &str) -> Result<VsockAddress> {
    match parse(text.as_bytes())? {
        Address::Vsock(address) => Ok(address),
        Address::Unix(_) => panic!("{text}"),
    }
}

#[test]
fn names_that_are_too_short() {
    assert_eq!(error(b"/"), Some(Stop::EINVAL));
    assert_eq!(error(b"@"), Some(Stop::EINVAL));
    assert!(matches!(parse(b"/a"), Ok(Address::Unix(b"/a"))));
    assert!(matches!(parse(b"@a"), Ok(Address::Unix(b"@a"))));
}

#[test]
fn names_that_are_too_long() {
    for (first, expected) in [(b'/', Stop::ENAMETOOLONG), (b'@', Stop::EINVAL)] {
        let mut name = vec![b'x'; UNIX_PATH];
        name[0] = first;
        assert_eq!(error(&name), Some(expected));
        assert!(matches!(parse(&name[1..]), Err(Stop::EPROTO)), "not an address");
        name.truncate(UNIX_PATH - 1);
        assert_eq!(error(&name), None);
    }
}

#[test]
fn other_kinds_of_address() {
    for text in ["", "run/notify", "./notify", "vsock", "vsocks:2:1", "vsock-raw:2:1", "VSOCK:2:1", "tcp:1:2"] {
        assert_eq!(error(text.as_bytes()), Some(Stop::EPROTO), "{text:?}");
    }
}

#[test]
fn the_well_known_cids() {
    for (name, cid) in [("hypervisor", 0), ("local", 1), ("host", 2)] {
        assert_eq!(
            vsock_of(&format!("vsock:{name}:7")).map(|address| (address.cid, address.port)),
            Ok((cid, 7)),
            "{name}"
        );
    }
}

#[test]
fn a_wildcard_is_nobody_to_send_to() {
    for text in ["vsock:any:1", "vsock::1", "vsock:-1:1", "vsock:4294967295:1", "vsock:2:4294967295"] {
        assert_eq!(error(text.as_bytes()), Some(Stop::EINVAL), "{text}");
    }
}

#[test]
fn malformed_vsock_addresses() {
    for text in ["vsock:2", "vsock:", "vsock:2:", "vsock:2:x", "vsock:x:2", "vsock:2:1:"] {
        assert_eq!(error(text.as_bytes()), Some(Stop::EINVAL), "{text}");
    }
    for text in ["vsock:2:4294967296", "vsock:4294967296:2", "vsock:2:-1"] {
        assert_eq!(error(text.as_bytes()), Some(Stop::ERANGE), "{text}");
    }
}
