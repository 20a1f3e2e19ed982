use super::*;
use crate::testing::config;
use proptest::collection::vec;
use proptest::prelude::*;
use std::vec::Vec;

/// What the kernel gets.
fn raw(address: &SocketAddress) -> Vec<u8> {
    let start: *const u8 = address.as_ptr().cast();
    // SAFETY: len() bytes are initialised.
    (0..address.len() as usize).map(|index| unsafe { start.add(index).read() }).collect()
}

fn family(family: c_int) -> Vec<u8> {
    (family as libc::sa_family_t).to_ne_bytes().to_vec()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_path_has_its_nul_behind_it(rest in vec(1..=255_u8, 0..UNIX_PATH - 1)) {
        let name: Vec<u8> = [&b"/"[..], &rest].concat();
        let name = &name[..name.len().min(UNIX_PATH - 1)];
        prop_assert_eq!(raw(&SocketAddress::unix(name)), [&family(libc::AF_UNIX), name, b"\0"].concat());
    }

    #[test]
    fn an_abstract_name_has_its_nul_before_it(rest in vec(1..=255_u8, 0..UNIX_PATH - 2)) {
        let name = [&b"@"[..], &rest].concat();
        prop_assert_eq!(raw(&SocketAddress::unix(&name)), [&family(libc::AF_UNIX), &b"\0"[..], &rest].concat());
    }

    #[test]
    fn nothing_is_written_beyond_the_structure(name in vec(1..=255_u8, UNIX_PATH..300)) {
        prop_assert!(raw(&SocketAddress::unix(&name)).len() <= size_of::<libc::sockaddr_un>());
    }

    #[test]
    fn vsock_numbers_stand_where_the_kernel_reads_them(cid in any::<u32>(), port in any::<u32>()) {
        let bytes = raw(&SocketAddress::vsock(cid, port));
        let number = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        prop_assert_eq!(&bytes[..2], family(libc::AF_VSOCK));
        prop_assert_eq!(number(offset_of!(libc::sockaddr_vm, svm_port)), port);
        prop_assert_eq!(number(offset_of!(libc::sockaddr_vm, svm_cid)), cid);
        prop_assert_eq!(bytes.len(), size_of::<libc::sockaddr_vm>());
    }

    #[test]
    fn an_inet_address_is_read_whole_or_not_at_all(bytes in vec(any::<u8>(), 0..40)) {
        for (family, size) in [(libc::AF_INET, 16), (libc::AF_INET6, 28)] {
            let read = Inet::from_bytes(family, &bytes);
            prop_assert_eq!(read.is_some(), bytes.len() >= size);
            let Some(read) = read else { continue };
            prop_assert_eq!(read.port.to_ne_bytes(), &bytes[2..4]);
            if family == libc::AF_INET {
                prop_assert_eq!(&read.address[..4], &bytes[4..8]);
                prop_assert_eq!((&read.address[4..], read.flow, read.scope), (&[0; 12][..], 0, 0));
            } else {
                prop_assert_eq!(read.flow.to_ne_bytes(), &bytes[4..8]);
                prop_assert_eq!(&read.address, &bytes[8..24]);
                prop_assert_eq!(read.scope.to_ne_bytes(), &bytes[24..28]);
            }
        }
        prop_assert!(Inet::from_bytes(libc::AF_UNIX, &bytes).is_none());
    }
}
