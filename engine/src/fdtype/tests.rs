use super::*;
use crate::address::SocketType;
use crate::sys::socket::Socket;
use crate::testing::few;
use proptest::collection::vec;
use proptest::prelude::*;
use std::ffi::CString;
use std::fs::File;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::vec::Vec;

const ANY: Wanted = Wanted { kind: None, listening: None };

fn fd(file: &impl AsRawFd) -> Fd {
    Fd::from_c(file.as_raw_fd()).expect("open")
}

fn stream(listening: bool) -> Wanted {
    Wanted { kind: Some(libc::SOCK_STREAM), listening: Some(listening) }
}

#[test]
fn each_kind_is_that_kind_alone() {
    let (pipe, _) = std::io::pipe().expect("a pipe");
    let null = File::open("/dev/null").expect("/dev/null");
    let program = File::open("/proc/self/exe").expect("this program");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let kinds = |fd: Fd| [is_fifo(fd, None), is_special(fd, None), is_socket(fd, None, &ANY)].map(|is| is.is_ok());
    assert_eq!(kinds(fd(&pipe)), [true, false, false]);
    assert_eq!(kinds(fd(&null)), [false, true, false]);
    assert_eq!(kinds(fd(&program)), [false, true, false]);
    assert_eq!(kinds(fd(&socket)), [false, false, true]);
    for other in [fd(&pipe), fd(&null), fd(&program), fd(&socket)] {
        assert_eq!(is_mq(other, None), Err(Stop::NO));
    }
}

#[test]
fn what_is_not_open() {
    let none = Fd::from_c(i32::MAX).expect("not negative");
    let bad = Err(Stop::EBADF);
    assert_eq!(is_fifo(none, None), bad);
    assert_eq!(is_special(none, None), bad);
    assert_eq!(is_mq(none, None), bad);
    assert_eq!(is_socket(none, Some(libc::AF_UNIX), &ANY), bad);
    assert_eq!(is_socket_inet(none, None, &ANY, None), bad);
    assert_eq!(is_socket_unix(none, &ANY, &UnixName::Any), bad);
}

#[test]
fn a_file_at_a_path() {
    let null = File::open("/dev/null").expect("/dev/null");
    assert_eq!(is_special(fd(&null), Some(c"/dev/null")), Ok(()));
    assert_eq!(is_special(fd(&null), Some(c"/dev/zero")), Err(Stop::NO));
    assert_eq!(is_special(fd(&null), Some(c"/nowhere")), Err(Stop::NO));
    assert_eq!(is_special(fd(&null), Some(c"/dev/null/below")), Err(Stop::NO));
    let (pipe, _) = std::io::pipe().expect("a pipe");
    let own = CString::new(std::format!("/proc/self/fd/{}", pipe.as_raw_fd())).expect("no NUL");
    assert_eq!(is_fifo(fd(&pipe), Some(&own)), Ok(()));
    assert_eq!(is_fifo(fd(&pipe), Some(c"/dev/null")), Err(Stop::NO));
}

#[test]
fn types_and_listening() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    // Not connected either: that would need a loopback interface that is up.
    let other = Socket::open(libc::AF_INET, SocketType::Stream).expect("a socket").into_inner();
    for (socket, listens) in [(fd(&listener), true), (other.fd(), false)] {
        assert_eq!(is_socket(socket, Some(libc::AF_INET), &stream(listens)), Ok(()));
        assert_eq!(is_socket(socket, Some(libc::AF_INET), &stream(!listens)), Err(Stop::NO));
        assert_eq!(is_socket(socket, Some(libc::AF_INET6), &ANY), Err(Stop::NO));
        assert_eq!(is_socket(socket, Some(-1), &ANY), Err(Stop::EINVAL));
        assert_eq!(is_socket(socket, None, &Wanted { kind: Some(-1), listening: None }), Err(Stop::EINVAL));
        assert_eq!(is_socket(socket, None, &Wanted { kind: Some(libc::SOCK_DGRAM), listening: None }), Err(Stop::NO));
    }
}

#[test]
fn an_internet_socket_and_its_port() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().expect("its address").port();
    let is = |family, port| is_socket_inet(fd(&listener), family, &stream(true), port);
    assert_eq!(is(None, None), Ok(()));
    assert_eq!(is(Some(libc::AF_INET), Some(port)), Ok(()));
    assert_eq!(is(None, Some(port ^ 1)), Err(Stop::NO));
    assert_eq!(is(Some(libc::AF_INET6), None), Err(Stop::NO));
    assert_eq!(is(Some(libc::AF_UNIX), None), Err(Stop::EINVAL));
    let (unix, _) = UnixStream::pair().expect("two sockets");
    assert_eq!(is_socket_inet(fd(&unix), None, &ANY, None), Err(Stop::NO));
}

/// A sockaddr_in of 127.0.0.N.
fn v4(last: u8, port: u16) -> Vec<u8> {
    let family = (libc::AF_INET as libc::sa_family_t).to_ne_bytes();
    [&family[..], &port.to_be_bytes(), &[127, 0, 0, last], &[0; 8]].concat()
}

#[test]
fn an_address_counts_where_it_says_something() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().expect("its address").port();
    let is = |address: &[u8]| is_socket_sockaddr(fd(&listener), &ANY, libc::AF_INET, address);
    assert_eq!(is(&v4(1, port)), Ok(()));
    assert_eq!(is(&v4(1, 0)), Ok(()), "any port");
    assert_eq!(is(&v4(1, port ^ 1)), Err(Stop::NO));
    assert_eq!(is(&v4(2, port)), Err(Stop::NO));
    assert_eq!(is(&v4(1, port)[..15]), Err(Stop::EINVAL), "too short");
    assert_eq!(is_socket_sockaddr(fd(&listener), &ANY, libc::AF_INET6, &[0; 28]), Err(Stop::NO));
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn an_abstract_name_is_compared_whole(mut name in vec(any::<u8>(), 1..90), other in vec(any::<u8>(), 0..90)) {
        // Other tests run at the same time.
        name.extend_from_slice(&std::process::id().to_ne_bytes());
        let address = SocketAddr::from_abstract_name(&name).expect("a short name");
        let socket = UnixDatagram::bind_addr(&address).expect("a socket");
        let is = |name: &[u8]| {
            let with_nul = [b"\0", name].concat();
            is_socket_unix(fd(&socket), &ANY, &UnixName::Abstract(&with_nul)).is_ok()
        };
        prop_assert!(is(&name));
        prop_assert_eq!(is(&other), other == name);
        prop_assert!(!is(&name[..name.len() - 1]));
        prop_assert_eq!(is_socket_unix(fd(&socket), &ANY, &UnixName::Unnamed), Err(Stop::NO));
        prop_assert_eq!(is_socket_unix(fd(&socket), &ANY, &UnixName::Any), Ok(()));
    }
}

#[test]
fn a_path_and_no_name_at_all() {
    let directory = std::env::temp_dir().join(std::format!("sdn-fdtype-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let path = directory.join("socket");
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).expect("a socket");
    let text = path.to_str().expect("text");
    let is = |name: &str| is_socket_unix(fd(&listener), &stream(true), &UnixName::Path(name.as_bytes()));
    assert_eq!(is(&std::format!("{text}\0")), Ok(()));
    assert_eq!(is(&std::format!("{text}2\0")), Err(Stop::NO));
    assert_eq!(is(&std::format!("{}\0", &text[..text.len() - 1])), Err(Stop::NO), "the NUL counts");
    assert_eq!(is_socket_unix(fd(&listener), &ANY, &UnixName::TooLong), Err(Stop::NO));
    std::fs::remove_dir_all(&directory).expect("our own");

    let (unnamed, _) = UnixStream::pair().expect("two sockets");
    assert_eq!(is_socket_unix(fd(&unnamed), &stream(false), &UnixName::Unnamed), Ok(()));
    assert_eq!(is_socket_unix(fd(&unnamed), &ANY, &UnixName::Path(b"/\0")), Err(Stop::NO));
    let inet = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    assert_eq!(is_socket_unix(fd(&inet), &ANY, &UnixName::Any), Err(Stop::NO));
}
