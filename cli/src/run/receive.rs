//! Receives one message with its credentials and descriptors. Calls libc directly: if control data was truncated, nix
//! returns none of it, and the descriptors that the kernel installed would leak.

use super::foreign::ForeignFd;
use super::notify_socket::{Credentials, Datagram};
use nix::errno::Errno;
use nix::libc;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// The most descriptors that the kernel passes with one message (SCM_MAX_FD).
const MAX_FDS: usize = 253;

/// Room for control data, aligned as its headers want it.
pub struct Control(Vec<u64>);

impl Control {
    pub fn new() -> Control {
        let fds = MAX_FDS * size_of::<libc::c_int>();
        // SAFETY: computes with numbers.
        let bytes =
            unsafe { libc::CMSG_SPACE(size_of::<libc::ucred>() as u32) + libc::CMSG_SPACE(fds as u32) } as usize;
        Control(vec![0; bytes.div_ceil(size_of::<u64>())])
    }
}

/// The next message on the socket, if any.
pub fn receive(socket: &impl AsRawFd, buffer: &mut [u8], control: &mut Control) -> Result<Datagram, Errno> {
    let mut data = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: all zeros is a valid msghdr.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = &raw mut data;
    header.msg_iovlen = 1;
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = size_of_val(control.0.as_slice()) as _;
    // MSG_TRUNC: the result is the length of the whole message.
    let flags = libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC | libc::MSG_TRUNC;
    // SAFETY: the header describes buffers that live until the end of this function.
    let length = Errno::result(unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, flags) })? as usize;
    let mut credentials = None;
    let mut fds = Vec::new();
    // SAFETY: the kernel has filled in the header.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(&raw const header) };
    // SAFETY: null, or a header within the control data.
    while let Some(message) = unsafe { next.as_ref() } {
        // SAFETY: the header is within the control data, and so is what follows it.
        let payload = unsafe { libc::CMSG_DATA(next) };
        // SAFETY: computes with numbers.
        #[allow(clippy::unnecessary_cast, reason = "another type in musl")]
        let length = (message.cmsg_len as usize).saturating_sub(unsafe { libc::CMSG_LEN(0) } as usize);
        if message.cmsg_level == libc::SOL_SOCKET && message.cmsg_type == libc::SCM_RIGHTS {
            for index in 0..length / size_of::<libc::c_int>() {
                // SAFETY: the payload has that many numbers; the kernel has just made them descriptors, for us alone.
                let fd = unsafe { OwnedFd::from_raw_fd(payload.cast::<libc::c_int>().add(index).read_unaligned()) };
                fds.push(ForeignFd::from(fd));
            }
        } else if message.cmsg_level == libc::SOL_SOCKET
            && message.cmsg_type == libc::SCM_CREDENTIALS
            && length >= size_of::<libc::ucred>()
        {
            // SAFETY: the payload is as long as that.
            let sender = unsafe { payload.cast::<libc::ucred>().read_unaligned() };
            if sender.pid > 0 {
                credentials = Some(Credentials { pid: sender.pid, uid: sender.uid, gid: sender.gid });
            }
        }
        // SAFETY: both are the ones the loop began with.
        next = unsafe { libc::CMSG_NXTHDR(&raw const header, next) };
    }
    let bytes = buffer[..length.min(buffer.len())].to_vec();
    Ok(Datagram { bytes, length, credentials, fds, cut: header.msg_flags & libc::MSG_CTRUNC != 0 })
}
