use super::*;
use core::ptr::null;

#[test]
fn zero_is_any_and_listening_has_three_values() {
    assert_eq!([if_given(0), if_given(1), if_given(-1)], [None, Some(1), Some(-1)]);
    for (listening, expected) in [(-1, None), (i32::MIN, None), (0, Some(false)), (1, Some(true)), (7, Some(true))] {
        let wanted = wanted(0, listening);
        assert_eq!((wanted.kind, wanted.listening), (None, expected), "{listening}");
    }
}

/// A path and a length, as C gives them.
fn name(path: &[u8], length: usize) -> UnixName<'_> {
    // SAFETY: each test's path has as many bytes as its length says, and one more, or a NUL.
    unsafe { unix_name(path.as_ptr().cast(), length) }
}

#[test]
fn names_of_unix_sockets() {
    // SAFETY: NULL, whatever the length.
    assert!(matches!(unsafe { unix_name(null(), 9) }, UnixName::Any));
    assert!(matches!(name(b"\0", 0), UnixName::Unnamed));
    assert!(matches!(name(b"/run/x\0", 0), UnixName::Path(b"/run/x\0")));
    assert!(matches!(name(b"/run/x\0", 6), UnixName::Path(b"/run/x\0")));
    // The byte behind the length counts, whatever it is: libsystemd compares it as well.
    assert!(matches!(name(b"/run/xy\0", 6), UnixName::Path(b"/run/xy")));
    assert!(matches!(name(b"\0abstract", 9), UnixName::Abstract(b"\0abstract")));
    assert!(matches!(name(b"\0with\0nul", 9), UnixName::Abstract(b"\0with\0nul")));
}

#[test]
fn no_name_is_longer_than_an_address() {
    let long = [b'/'; UNIX_PATH + 2];
    assert!(matches!(name(&long, UNIX_PATH), UnixName::Path(path) if path.len() == UNIX_PATH + 1));
    assert!(matches!(name(&long, UNIX_PATH + 1), UnixName::TooLong));
    // Nothing is read of it.
    assert!(matches!(name(b"/\0", usize::MAX), UnixName::TooLong));
}

#[test]
fn addresses_are_read_as_far_as_they_go() {
    let read = |address: &[u8]| {
        // SAFETY: there are as many bytes as the length says.
        unsafe { inet_address(address.as_ptr().cast(), address.len()) }
    };
    let family = |family: c_int, len: usize| {
        let mut bytes = vec![0; len];
        bytes[..2].copy_from_slice(&(family as libc::sa_family_t).to_ne_bytes());
        bytes
    };
    // SAFETY: NULL, whatever the length.
    assert_eq!(unsafe { inet_address(null(), 16) }.err(), Some(Stop::EINVAL));
    assert_eq!(read(&[]).err(), Some(Stop::ENOBUFS));
    assert_eq!(read(&[2]).err(), Some(Stop::ENOBUFS));
    assert_eq!(read(&family(libc::AF_UNIX, 110)).err(), Some(Stop::EPFNOSUPPORT));
    assert_eq!(read(&family(libc::AF_INET, 2)), Ok((libc::AF_INET, &family(libc::AF_INET, 2)[..])));
    let long = family(libc::AF_INET6, 200);
    assert_eq!(read(&long), Ok((libc::AF_INET6, &long[..size_of::<libc::sockaddr_in6>()])));
}

#[test]
fn a_negative_descriptor_is_a_bad_one() {
    // SAFETY: NULL paths.
    unsafe {
        assert_eq!(sd_is_fifo(-1, null()), -libc::EBADF);
        assert_eq!(sd_is_special(-1, null()), -libc::EBADF);
        assert_eq!(sd_is_socket_unix(-1, 0, -1, null(), 0), -libc::EBADF);
        assert_eq!(sd_is_socket_sockaddr(-1, 0, null(), 0, -1), -libc::EBADF);
        assert_eq!(sd_is_mq(-1, null()), -libc::EBADF);
    }
    assert_eq!(sd_is_socket(-1, 0, 0, -1), -libc::EBADF);
    assert_eq!(sd_is_socket_inet(-1, 0, 0, -1, 0), -libc::EBADF);
}
