use super::*;
use crate::testing::few;
use proptest::collection::vec;
use proptest::prelude::*;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::vec::Vec;

/// A channel and its receiving end.
fn pair() -> (UnixDatagram, UnixDatagram) {
    UnixDatagram::pair().expect("two sockets")
}

fn fd(socket: &impl AsRawFd) -> Fd {
    Fd::from_c(socket.as_raw_fd()).expect("open")
}

fn received(manager: &UnixDatagram) -> Vec<u8> {
    let mut buffer = std::vec![0; 10_000];
    let length = manager.recv(&mut buffer).expect("a message");
    buffer.truncate(length);
    buffer
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn a_message_arrives_whole(message in vec(any::<u8>(), 1..5000)) {
        let (channel, manager) = pair();
        prop_assert_eq!(send(fd(&channel), &message, &[]), Ok(()));
        prop_assert_eq!(received(&manager), message);
    }

    #[test]
    fn no_status_is_two_assignments(line in vec(any::<u8>(), 0..5000)) {
        let (channel, manager) = pair();
        prop_assert_eq!(status(fd(&channel), &line), Ok(()));
        let message = received(&manager);
        prop_assert!(message.starts_with(b"STATUS=") && message.len() <= 4096);
        prop_assert!(!message.contains(&b'\n') && std::str::from_utf8(&message).is_ok());
    }
}

#[test]
fn a_reload_has_the_time_of_the_clock() {
    let (channel, manager) = pair();
    let before = clock::monotonic_usec();
    assert_eq!(reloading(fd(&channel)), Ok(()));
    let message = String::from_utf8(received(&manager)).expect("text");
    let usec = message.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("a reload");
    let usec: u64 = usec.parse().expect("a number");
    assert!((before..=clock::monotonic_usec()).contains(&usec));
}

#[test]
fn a_manager_that_is_gone() {
    let (channel, manager) = pair();
    drop(manager);
    // From the second time on, the kernel returns a different errno.
    for _ in 0..3 {
        assert_eq!(send(fd(&channel), b"READY=1", &[]), Err(Stop::ECONNREFUSED));
    }
}

#[test]
fn a_full_queue_of_a_channel_that_does_not_wait() {
    let (channel, manager) = pair();
    channel.set_nonblocking(true).expect("a socket");
    let sent = (0..100_000).take_while(|_| send(fd(&channel), b"WATCHDOG=1", &[]).is_ok()).count();
    assert!(sent > 0);
    assert_eq!(send(fd(&channel), b"WATCHDOG=1", &[]), Err(Stop::EAGAIN));
    received(&manager);
    assert_eq!(send(fd(&channel), b"WATCHDOG=1", &[]), Ok(()));
}

#[test]
fn what_is_not_a_channel() {
    let (read, write) = std::io::pipe().expect("a pipe");
    assert_eq!(send(fd(&write), b"READY=1", &[]), Err(Stop::ENOTSOCK));
    drop(read);
    let nothing = Fd::from_c(i32::MAX).expect("not negative");
    assert_eq!(send(nothing, b"READY=1", &[]), Err(Stop::EBADF));
    // A stream may accept only part of the message.
    let (mut from, to) = UnixStream::pair().expect("two sockets");
    to.set_nonblocking(true).expect("a socket");
    assert_eq!(send(fd(&to), &std::vec![b'x'; 1 << 24], &[]), Err(Stop::EIO));
    assert!(from.read(&mut [0; 100]).expect("bytes") > 0);
}

#[test]
fn a_barrier_is_a_message_with_a_descriptor() {
    let (channel, manager) = pair();
    // The descriptor in the queue keeps the pipe open.
    assert_eq!(barrier(fd(&channel), 1000), Err(Stop::ETIMEDOUT));
    assert_eq!(received(&manager), b"BARRIER=1");
    let manager = std::thread::spawn(move || received(&manager));
    assert_eq!(barrier(fd(&channel), 60_000_000), Ok(()), "the kernel closes what nobody takes");
    assert_eq!(manager.join().expect("a message"), b"BARRIER=1");
}
