//! The socket that $NOTIFY_SOCKET names.

use crate::message::MAX_BYTES;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, UnixAddr, recvmsg, setsockopt, sockopt};
use std::ffi::OsString;
use std::fs;
use std::io::{Error, IoSliceMut, Result};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::{Path, PathBuf};

/// What systemd gives its own notify socket, in bytes.
const RECEIVE_BUFFER: usize = 8 << 20;
/// The kernel passes at most so many descriptors with one message (SCM_MAX_FD).
const MAX_FDS: usize = 253;

/// One message as it came.
pub struct Datagram {
    /// At most one byte more than the manager reads.
    pub bytes: Vec<u8>,
    /// How long the message was.
    pub length: usize,
    /// Who sent it, as the kernel vouches; none if it cannot tell.
    pub credentials: Option<Credentials>,
    pub fds: Vec<OwnedFd>,
}

#[derive(Clone, Copy)]
pub struct Credentials {
    pub pid: i32,
    pub uid: u32,
    pub gid: u32,
}

pub struct NotifySocket {
    socket: UnixDatagram,
    address: OsString,
    directory: Option<PathBuf>,
    buffer: Vec<u8>,
    control: Vec<u8>,
}

impl NotifySocket {
    /// A path that every user can reach, since the service may drop its privileges; where no directory can be written
    /// to, an abstract name.
    pub fn new() -> Result<NotifySocket> {
        let places = [std::env::temp_dir(), "/tmp".into(), "/run".into()];
        let (socket, address, directory) = places.iter().find_map(|place| on_path(place).ok()).map_or_else(
            || on_abstract_name().map(|(socket, address)| (socket, address, None)),
            |(socket, directory)| Ok((socket, directory.join("notify").into_os_string(), Some(directory))),
        )?;
        socket.set_nonblocking(true)?;
        setsockopt(&socket, sockopt::PassCred, &true)?;
        // Without the privilege the kernel's limit stays, which is enough.
        let _ = setsockopt(&socket, sockopt::RcvBufForce, &RECEIVE_BUFFER);
        let control = nix::cmsg_space!(nix::sys::socket::UnixCredentials, [i32; MAX_FDS]);
        Ok(NotifySocket { socket, address, directory, buffer: vec![0; MAX_BYTES + 1], control })
    }

    pub fn address(&self) -> &OsString {
        &self.address
    }

    /// The next message, if one is waiting.
    pub fn receive(&mut self) -> Option<Datagram> {
        loop {
            let mut data = [IoSliceMut::new(&mut self.buffer)];
            // MSG_TRUNC: the result is the length of the whole message.
            let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_CMSG_CLOEXEC | MsgFlags::MSG_TRUNC;
            let received = match recvmsg::<UnixAddr>(self.socket.as_raw_fd(), &mut data, Some(&mut self.control), flags)
            {
                Ok(received) => received,
                Err(Errno::EINTR) => continue,
                Err(_) => return None,
            };
            let length = received.bytes;
            let mut credentials = None;
            let mut fds = Vec::new();
            for message in received.cmsgs().into_iter().flatten() {
                match message {
                    ControlMessageOwned::ScmCredentials(sender) if sender.pid() > 0 => {
                        credentials = Some(Credentials { pid: sender.pid(), uid: sender.uid(), gid: sender.gid() });
                    }
                    ControlMessageOwned::ScmRights(numbers) => {
                        // SAFETY: the kernel has just made them, for us alone.
                        fds.extend(numbers.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }));
                    }
                    _ => {}
                }
            }
            let bytes = self.buffer[..length.min(self.buffer.len())].to_vec();
            return Some(Datagram { bytes, length, credentials, fds });
        }
    }
}

impl AsFd for NotifySocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for NotifySocket {
    fn drop(&mut self) {
        if let Some(directory) = &self.directory {
            let _ = fs::remove_file(directory.join("notify"));
            let _ = fs::remove_dir(directory);
        }
    }
}

fn on_path(place: &Path) -> Result<(UnixDatagram, PathBuf)> {
    let directory = nix::unistd::mkdtemp(&place.join("sdnotify-XXXXXX"))?;
    let path = directory.join("notify");
    let bind = || {
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755))?;
        let socket = UnixDatagram::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777))?;
        Ok::<_, Error>(socket)
    };
    match bind() {
        Ok(socket) => Ok((socket, directory)),
        Err(error) => {
            let _ = fs::remove_file(&path);
            let _ = fs::remove_dir(&directory);
            Err(error)
        }
    }
}

fn on_abstract_name() -> Result<(UnixDatagram, OsString)> {
    let name = format!("sdnotify/{}", std::process::id());
    let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    Ok((socket, format!("@{name}").into()))
}
