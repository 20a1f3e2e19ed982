use super::*;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::time::{Duration, Instant};

fn file(fd: OwnedFd) -> File {
    // SAFETY: the descriptor is ours, and nobody else closes it.
    unsafe { File::from_raw_fd(fd.into_inner().number()) }
}

#[test]
fn a_negative_number_is_no_descriptor() {
    assert_eq!(Fd::from_c(-1).map(Fd::number), Err(Stop::EBADF));
    assert_eq!(Fd::from_c(i32::MIN).map(Fd::number), Err(Stop::EBADF));
    assert_eq!(Fd::from_c(0).map(Fd::number), Ok(0));
}

#[test]
fn what_is_not_open_is_a_bad_descriptor() {
    let beyond_all = Fd::from_c(i32::MAX).expect("not negative");
    assert_eq!(beyond_all.must_be_open(), Err(Stop::EBADF));
    assert_eq!(beyond_all.close_on_exec(), Err(Stop::EBADF));
}

#[test]
fn close_on_exec_is_set_and_stays() {
    let null = File::open("/dev/null").expect("/dev/null");
    let number = null.as_raw_fd();
    // SAFETY: F_SETFD takes an int.
    unsafe { libc::fcntl(number, libc::F_SETFD, 0) };
    let fd = Fd::from_c(number).expect("open");
    for _ in 0..2 {
        fd.close_on_exec().expect("open");
        assert_eq!(fd.flags().expect("open") & libc::FD_CLOEXEC, libc::FD_CLOEXEC);
    }
}

#[test]
fn a_pipe_carries_bytes_and_is_close_on_exec() {
    let (read, write) = pipe().expect("a pipe");
    for end in [read.fd(), write.fd()] {
        assert_eq!(end.flags().expect("open") & libc::FD_CLOEXEC, libc::FD_CLOEXEC);
    }
    let (mut read, mut write, mut text) = (file(read), file(write), String::new());
    write.write_all(b"text").expect("room");
    drop(write);
    read.read_to_string(&mut text).expect("its end");
    assert_eq!(text, "text");
}

#[test]
fn a_hangup_is_waited_for() {
    let (read, write) = pipe().expect("a pipe");
    assert_eq!(wait_for_hangup(read.fd(), 0), Err(Stop::ETIMEDOUT));
    let start = Instant::now();
    assert_eq!(wait_for_hangup(read.fd(), 20_000), Err(Stop::ETIMEDOUT));
    assert!(start.elapsed() >= Duration::from_millis(20));

    // Without a limit, and with one that no machine will reach.
    let later = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        drop(write);
    });
    assert_eq!(wait_for_hangup(read.fd(), u64::MAX), Ok(()));
    later.join().expect("it ends");
    assert_eq!(wait_for_hangup(read.fd(), u64::MAX - 1), Ok(()));
    assert_eq!(wait_for_hangup(read.fd(), 0), Ok(()));
}

#[test]
fn what_is_above_the_standard_streams_stays() {
    let (read, _write) = pipe().expect("a pipe");
    let number = read.fd().number();
    assert!(number > libc::STDERR_FILENO, "the test has its standard streams");
    assert_eq!(read.above_stdio().expect("no call is needed").fd().number(), number);
}
