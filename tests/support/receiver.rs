//! A notify socket, as a service manager has it: who sent a message, and the descriptors that came along.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{Error, ErrorKind, Result};
use std::mem::{MaybeUninit, size_of, zeroed};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::time::Duration;

pub struct Receiver {
    socket: UnixDatagram,
    address: OsString,
}

/// One message as received.
#[derive(Debug)]
pub struct Message {
    pub bytes: Vec<u8>,
    pub pid: i32,
    pub uid: u32,
    pub gid: u32,
    pub fds: Vec<OwnedFd>,
}

impl Message {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Receiver {
    /// On a path.
    pub fn at(path: &Path) -> Receiver {
        let socket = UnixDatagram::bind(path).expect("a socket at the path");
        Receiver::on(socket, path.as_os_str().to_owned())
    }

    /// On an abstract name of its own.
    pub fn abstract_name() -> Receiver {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Receiver::named(format!("sdnotify-test/{}/{count}", std::process::id()).as_bytes())
    }

    /// On an abstract name. A socket that had it may still be open for a moment after its end: in a child that another
    /// thread has forked and that has not run its program yet.
    pub fn named(name: &[u8]) -> Receiver {
        let address = SocketAddr::from_abstract_name(name).expect("a short name");
        for _ in 0..6000 {
            match UnixDatagram::bind_addr(&address) {
                Err(error) if error.kind() == ErrorKind::AddrInUse => std::thread::sleep(Duration::from_millis(10)),
                bound => return Receiver::on(bound.expect("a socket"), OsString::from_vec([b"@", name].concat())),
            }
        }
        panic!("@{}: the name stays in use", name.escape_ascii());
    }

    fn on(socket: UnixDatagram, address: OsString) -> Receiver {
        let on: libc::c_int = 1;
        // SAFETY: SO_PASSCRED takes one int, alive during the call.
        let result = unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_PASSCRED,
                (&raw const on).cast(),
                size_of::<libc::c_int>() as u32,
            )
        };
        assert_eq!(result, 0, "{}", Error::last_os_error());
        socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
        Receiver { socket, address }
    }

    /// What to set `$NOTIFY_SOCKET` to.
    pub fn address(&self) -> &OsString {
        &self.address
    }

    pub fn socket(&self) -> &UnixDatagram {
        &self.socket
    }

    /// The next message; panics when none comes within a minute.
    pub fn next(&self) -> Message {
        self.receive().unwrap_or_else(|error| panic!("{}: {error}", self.address.display()))
    }

    /// Whether nothing is waiting to be read.
    pub fn is_empty(&self) -> bool {
        let mut byte = [0; 1];
        // SAFETY: room for the one byte, which stays in the queue.
        let n = unsafe {
            libc::recv(self.socket.as_raw_fd(), byte.as_mut_ptr().cast(), 1, libc::MSG_PEEK | libc::MSG_DONTWAIT)
        };
        n < 0
    }

    fn receive(&self) -> Result<Message> {
        thread_local! {
            // The kernel delivers no datagram larger than this. Once for all messages: so much takes a millisecond to clear.
            static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; 8 << 20]);
        }
        BUFFER.with_borrow_mut(|buffer| self.receive_into(buffer))
    }

    fn receive_into(&self, bytes: &mut [u8]) -> Result<Message> {
        let mut control = [0_u64; 256];
        let mut data = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
        // SAFETY: all zero bytes are a valid msghdr.
        let mut header: libc::msghdr = unsafe { zeroed() };
        header.msg_iov = &raw mut data;
        header.msg_iovlen = 1;
        header.msg_control = control.as_mut_ptr().cast();
        header.msg_controllen = size_of_val(&control);
        // SAFETY: the header points to buffers that are alive and as long as it says.
        let n = unsafe { libc::recvmsg(self.socket.as_raw_fd(), &raw mut header, libc::MSG_CMSG_CLOEXEC) };
        if n < 0 {
            return Err(Error::last_os_error());
        }
        assert_eq!(header.msg_flags & (libc::MSG_TRUNC | libc::MSG_CTRUNC), 0, "a message was cut");
        let bytes = bytes[..n as usize].to_vec();
        let mut message = Message { bytes, pid: 0, uid: u32::MAX, gid: u32::MAX, fds: Vec::new() };
        // SAFETY: the kernel filled the control buffer; the macros stay inside it, and each message's data is as its
        // type says. Descriptors in it are new and nobody else's.
        unsafe {
            let mut next = libc::CMSG_FIRSTHDR(&raw const header);
            while !next.is_null() {
                let data = libc::CMSG_DATA(next);
                match (*next).cmsg_type {
                    libc::SCM_CREDENTIALS => {
                        let mut credentials = MaybeUninit::<libc::ucred>::uninit();
                        data.copy_to(credentials.as_mut_ptr().cast(), size_of::<libc::ucred>());
                        let credentials = credentials.assume_init();
                        (message.pid, message.uid, message.gid) = (credentials.pid, credentials.uid, credentials.gid);
                    }
                    libc::SCM_RIGHTS => {
                        let count = ((*next).cmsg_len - libc::CMSG_LEN(0) as usize) / size_of::<i32>();
                        for index in 0..count {
                            let fd = data.cast::<i32>().add(index).read_unaligned();
                            message.fds.push(OwnedFd::from_raw_fd(fd));
                        }
                    }
                    _ => {}
                }
                next = libc::CMSG_NXTHDR(&raw const header, next);
            }
        }
        Ok(message)
    }
}
