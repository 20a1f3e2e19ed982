//! Sockets that listen before the service starts and are passed to it.

use crate::unit::socket::{self as unit, Listen};
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket};
use std::fs::Metadata;
use std::io::{Error, ErrorKind, Result};
use std::net::{SocketAddr as InetAddress, TcpListener, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// A socket to pass.
pub struct Listener {
    pub fd: OwnedFd,
    pub name: Option<String>,
    _file: Option<SocketFile>,
}

/// A socket in the file system, identified by device and inode.
struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Drop for SocketFile {
    /// Another file may have its name now.
    fn drop(&mut self) {
        let is_ours = |data: &Metadata| (data.dev(), data.ino()) == (self.device, self.inode);
        if std::fs::symlink_metadata(&self.path).is_ok_and(|data| is_ours(&data)) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Tcp,
    Udp,
    UnixStream,
    UnixDatagram,
    UnixSeqpacket,
}

#[derive(PartialEq, Eq, Debug)]
struct Address<'a> {
    name: Option<&'a str>,
    kind: Kind,
    place: &'a str,
}

/// Reads `[NAME=][KIND:]PLACE`.
fn parse(text: &str) -> Address<'_> {
    let (name, rest) = match text.split_once('=') {
        Some((name, rest)) if !name.contains(['/', '@', ':']) => (Some(name), rest),
        _ => (None, text),
    };
    let kinds = [
        ("tcp:", Kind::Tcp),
        ("udp:", Kind::Udp),
        ("unix-dgram:", Kind::UnixDatagram),
        ("unix-seqpacket:", Kind::UnixSeqpacket),
        ("unix:", Kind::UnixStream),
    ];
    for (prefix, kind) in kinds {
        if let Some(place) = rest.strip_prefix(prefix) {
            return Address { name, kind, place };
        }
    }
    let kind = if rest.starts_with(['/', '@']) { Kind::UnixStream } else { Kind::Tcp };
    Address { name, kind, place: rest }
}

/// Opens the socket that an argument asks for.
pub fn open(text: &str) -> Result<Listener> {
    let Address { name, kind, place } = parse(text);
    if name.is_some_and(|name| !crate::message::fd_name_is_valid(name) || name.is_empty()) {
        return Err(Error::new(ErrorKind::InvalidInput, "the name must be printable ASCII without a colon"));
    }
    bind_to(kind, place, name.map(str::to_owned))
}

/// Opens the socket that a socket unit asks for.
pub fn open_for_unit(listen: &Listen, name: &str) -> Result<Listener> {
    let is_unix = listen.place.starts_with(['/', '@']);
    let kind = match listen.kind {
        unit::Kind::Stream if is_unix => Kind::UnixStream,
        unit::Kind::Stream => Kind::Tcp,
        unit::Kind::Datagram if is_unix => Kind::UnixDatagram,
        unit::Kind::Datagram => Kind::Udp,
        unit::Kind::SequentialPacket => Kind::UnixSeqpacket,
    };
    bind_to(kind, &listen.place, Some(name.to_owned()))
}

fn bind_to(kind: Kind, place: &str, name: Option<String>) -> Result<Listener> {
    match kind {
        Kind::Tcp => Ok(Listener { fd: inet(place, TcpListener::bind)?.into(), name, _file: None }),
        Kind::Udp => Ok(Listener { fd: inet(place, UdpSocket::bind)?.into(), name, _file: None }),
        _ => {
            let path = place.starts_with('/').then(|| PathBuf::from(place));
            if let Some(path) = &path {
                remove_stale(path);
            }
            let fd = unix(kind, place)?;
            let file = path.map(|path| {
                let data = std::fs::symlink_metadata(&path)?;
                Ok::<_, Error>(SocketFile { device: data.dev(), inode: data.ino(), path })
            });
            Ok(Listener { fd, name, _file: file.transpose()? })
        }
    }
}

/// A bare port is on all addresses, of IPv6 and (unless the system is configured otherwise) IPv4.
fn inet<T>(place: &str, bind: impl Fn(InetAddress) -> Result<T>) -> Result<T> {
    if let Ok(port) = place.parse::<u16>() {
        return bind(InetAddress::from(([0_u16; 8], port))).or_else(|_| bind(InetAddress::from(([0_u8; 4], port))));
    }
    match place.parse::<InetAddress>() {
        Ok(address) => bind(address),
        Err(_) => Err(Error::new(ErrorKind::InvalidInput, "not a port, ADDRESS:PORT, /path or @name")),
    }
}

fn unix(kind: Kind, place: &str) -> Result<OwnedFd> {
    let address = match (place.strip_prefix('@'), place.starts_with('/')) {
        (Some(name), _) => SocketAddr::from_abstract_name(name)?,
        (None, true) => SocketAddr::from_pathname(place)?,
        (None, false) => return Err(Error::new(ErrorKind::InvalidInput, "neither /path nor @name")),
    };
    match kind {
        Kind::UnixDatagram => Ok(UnixDatagram::bind_addr(&address)?.into()),
        Kind::UnixSeqpacket => {
            let fd = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
            let address = match place.strip_prefix('@') {
                Some(name) => UnixAddr::new_abstract(name.as_bytes())?,
                None => UnixAddr::new(place)?,
            };
            bind(fd.as_raw_fd(), &address)?;
            listen(&fd, Backlog::MAXCONN)?;
            Ok(fd)
        }
        _ => Ok(UnixListener::bind_addr(&address)?.into()),
    }
}

/// Removes a stale socket that a dead process left behind.
fn remove_stale(path: &Path) {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_socket());
    if is_socket && UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused) {
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, name, kind, place) in [
            ("8080", None, Kind::Tcp, "8080"),
            ("http=127.0.0.1:80", Some("http"), Kind::Tcp, "127.0.0.1:80"),
            ("udp:[::1]:53", None, Kind::Udp, "[::1]:53"),
            ("/run/a=b", None, Kind::UnixStream, "/run/a=b"),
            ("log=unix-dgram:/run/log", Some("log"), Kind::UnixDatagram, "/run/log"),
            ("@name", None, Kind::UnixStream, "@name"),
        ] {
            assert_eq!(parse(text), Address { name, kind, place }, "{text}");
        }
        for text in ["", "65536", "host:80", "unix:relative", "a:b=80", "=80"] {
            assert!(open(text).is_err(), "{text}");
        }
    }
}
