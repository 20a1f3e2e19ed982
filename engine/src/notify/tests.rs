use super::*;
use crate::testing::few;
use proptest::collection::vec;
use proptest::prelude::*;
use std::ffi::CString;
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::atomic::{AtomicU32, Ordering};
use std::vec::Vec;

/// Longer than any of these tests takes.
const MINUTE: u64 = 60_000_000;

/// A service manager's socket with a unique abstract name, and the name in the form of `$NOTIFY_SOCKET`.
fn manager() -> (UnixDatagram, Vec<u8>) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = std::format!("sdn-engine-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let address = SocketAddr::from_abstract_name(&name).expect("a short name");
    (UnixDatagram::bind_addr(&address).expect("a socket"), [b"@", name.as_bytes()].concat())
}

fn received(manager: &UnixDatagram) -> Vec<u8> {
    let mut buffer = std::vec![0; 1 << 20];
    let length = manager.recv(&mut buffer).expect("a message");
    buffer.truncate(length);
    buffer
}

fn message(state: &CStr) -> Message<'_> {
    Message { pid: None, state, fds: &[] }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn any_bytes_arrive_as_they_are(state in vec(1..=255_u8, 1..5000)) {
        let (manager, name) = manager();
        let state = CString::new(state).expect("no NUL");
        prop_assert_eq!(send_unix(&name, &message(&state)), Ok(()));
        prop_assert_eq!(received(&manager), state.to_bytes());
    }
}

#[test]
fn an_empty_message_is_one() {
    let (manager, name) = manager();
    assert_eq!(send_unix(&name, &message(c"")), Ok(()));
    assert_eq!(received(&manager), b"");
}

#[test]
fn a_message_larger_than_the_send_buffer() {
    let (manager, name) = manager();
    // More than a new socket accepts at first, and less than any user may have.
    let state = CString::new(std::vec![b'x'; 300_000]).expect("no NUL");
    assert_eq!(send_unix(&name, &message(&state)), Ok(()));
    assert_eq!(received(&manager).len(), 300_000);
}

#[test]
fn nobody_listens() {
    let (manager, name) = manager();
    drop(manager);
    assert_eq!(send_unix(&name, &message(c"READY=1")), Err(Stop::ECONNREFUSED));
    assert_eq!(send_unix(b"/nowhere/at/all", &message(c"READY=1")), Err(Stop::ENOENT));
}

#[test]
fn descriptors_that_are_not_open() {
    let (_manager, name) = manager();
    let sent = send_unix(&name, &Message { pid: None, state: c"FDSTORE=1", fds: &[i32::MAX] });
    assert_eq!(sent, Err(Stop::EBADF));
}

/// A process that may not speak for another speaks for itself.
#[test]
fn a_message_about_another_process_is_sent_all_the_same() {
    let (manager, name) = manager();
    let parent = i32::try_from(std::os::unix::process::parent_id()).expect("a process id");
    let sent = send_unix(&name, &Message { pid: Some(parent), state: c"READY=1", fds: &[manager.as_raw_fd()] });
    assert_eq!(sent, Ok(()));
    assert_eq!(received(&manager), b"READY=1");
}

#[test]
fn our_own_credentials_need_not_be_sent() {
    assert!(credentials(None).is_none());
    assert!(credentials(Some(process::id())).is_none());
    let (uid, gid) = process::real_ids();
    let other = credentials(Some(1)).expect("another process");
    assert_eq!((other.pid, other.uid, other.gid), (1, uid, gid));
}

#[test]
fn a_barrier_ends_when_the_other_end_is_closed() {
    // No one else has the end.
    assert_eq!(wait_for_reader(MINUTE, |_| Ok(())), Ok(()));
    // Someone keeps it.
    let mut kept = None;
    let keep = |end| {
        // SAFETY: the descriptor is open, and its copy is closed with the file.
        let copy = unsafe { std::os::fd::BorrowedFd::borrow_raw(end) }.try_clone_to_owned();
        kept = Some(copy.expect("a copy"));
        Ok(())
    };
    assert_eq!(wait_for_reader(1000, keep), Err(Stop::ETIMEDOUT));
    assert!(kept.is_some());
    // It was not sent.
    assert_eq!(wait_for_reader(MINUTE, |_| Err(Stop::ECONNREFUSED)), Err(Stop::ECONNREFUSED));
}
