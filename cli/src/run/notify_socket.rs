//! The socket that $NOTIFY_SOCKET names.

use super::foreign::ForeignFd;
use super::receive::{Control, receive};
use crate::message::MAX_BYTES;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::libc;
use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::stat::Mode;
use std::ffi::OsString;
use std::fs;
use std::io::{Error, Result};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::{Path, PathBuf};

/// The buffer size of systemd's own notify socket, in bytes.
const RECEIVE_BUFFER: usize = 8 << 20;
/// Whether a socket accepts descriptors (since Linux 6.16).
const SO_PASSRIGHTS: libc::c_int = 83;

/// One message as received.
pub struct Datagram {
    /// At most one byte more than the manager reads.
    pub bytes: Vec<u8>,
    /// The length of the message.
    pub length: usize,
    /// The sender, as reported by the kernel; `None` if unknown.
    pub credentials: Option<Credentials>,
    pub fds: Vec<ForeignFd>,
    /// Whether some of its descriptors could not be received.
    pub cut: bool,
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
    place: Option<Place>,
    buffer: Vec<u8>,
    control: Control,
}

/// The place of the socket: in a world-accessible directory, inside one with a secret name, which only the service
/// learns. The service may run as any user.
#[derive(Clone)]
pub struct Place {
    outer: PathBuf,
    inner: PathBuf,
}

const NAME: &str = "notify";

impl NotifySocket {
    /// Creates the socket at a path that the service can reach as any user, or with an abstract name if no directory is
    /// writable.
    pub fn new() -> Result<NotifySocket> {
        let given = std::env::var_os("TMPDIR").map(PathBuf::from).filter(|path| path.is_absolute());
        let places = given.into_iter().chain(["/tmp".into(), "/run".into()]);
        let (socket, address, place) = places.into_iter().find_map(|place| on_path(&place).ok()).map_or_else(
            || on_abstract_name().map(|(socket, address)| (socket, address, None)),
            |(socket, place)| Ok((socket, place.address().into_os_string(), Some(place))),
        )?;
        socket.set_nonblocking(true)?;
        setsockopt(&socket, sockopt::PassCred, &true)?;
        // Without the privilege, the kernel's limit remains, which is enough.
        let _ = setsockopt(&socket, sockopt::RcvBufForce, &RECEIVE_BUFFER);
        Ok(NotifySocket { socket, address, place, buffer: vec![0; MAX_BYTES + 1], control: Control::new() })
    }

    /// Makes the kernel refuse descriptors, if it can: nobody has any to send.
    pub fn refuse_fds(&self) {
        let no: libc::c_int = 0;
        // SAFETY: the value is as long as is said.
        unsafe {
            libc::setsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_SOCKET,
                SO_PASSRIGHTS,
                (&raw const no).cast(),
                size_of_val(&no) as libc::socklen_t,
            );
        }
    }

    pub fn address(&self) -> &OsString {
        &self.address
    }

    /// Its place in the file system; `None` for an abstract name, which any user can find.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The next message, if one is waiting.
    pub fn receive(&mut self) -> Option<Datagram> {
        loop {
            match receive(&self.socket, &mut self.buffer, &mut self.control) {
                Ok(datagram) => return Some(datagram),
                Err(Errno::EINTR) => {}
                Err(_) => return None,
            }
        }
    }
}

impl Place {
    fn address(&self) -> PathBuf {
        self.inner.join(NAME)
    }

    pub fn remove(&self) {
        let _ = fs::remove_file(self.address());
        let _ = fs::remove_dir(&self.inner);
        let _ = fs::remove_dir(&self.outer);
    }
}

impl AsFd for NotifySocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for NotifySocket {
    fn drop(&mut self) {
        self.place.iter().for_each(Place::remove);
    }
}

fn on_path(directory: &Path) -> Result<(UnixDatagram, Place)> {
    let outer = nix::unistd::mkdtemp(&directory.join("sdnotify-XXXXXX"))?;
    let place = Place { inner: outer.join(secret().ok_or(Errno::ENOSYS)?), outer };
    let bind = || {
        fs::create_dir(&place.inner)?;
        // Users may pass through the directories, but not list them.
        for directory in [&place.outer, &place.inner] {
            fs::set_permissions(directory, fs::Permissions::from_mode(0o711))?;
        }
        // Clients accept no longer address.
        SocketAddr::from_pathname(place.address())?;
        let socket = bind_within(&place.inner)?;
        fs::set_permissions(place.address(), fs::Permissions::from_mode(0o777))?;
        Ok::<_, Error>(socket)
    };
    match bind() {
        Ok(socket) => Ok((socket, place)),
        Err(error) => {
            place.remove();
            Err(error)
        }
    }
}

/// Binds by the last component only: /proc/net/unix shows everybody what a socket was bound to.
fn bind_within(directory: &Path) -> Result<UnixDatagram> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let here = open(".", flags, Mode::empty())?;
    nix::unistd::chdir(directory)?;
    let socket = UnixDatagram::bind(NAME);
    nix::unistd::fchdir(&here)?;
    socket
}

/// 128 random bits in hexadecimal: a name that cannot be guessed.
pub fn secret() -> Option<String> {
    let mut bytes = [0_u8; 16];
    // SAFETY: the buffer is as long as is said. The kernel gives so few bytes at once.
    Errno::result(unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) }).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn on_abstract_name() -> Result<(UnixDatagram, OsString)> {
    let name = format!("sdnotify/{}", secret().ok_or(Errno::ENOSYS)?);
    let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    Ok((socket, format!("@{name}").into()))
}
