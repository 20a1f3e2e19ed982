//! What the libraries find around them, made the same for every one of them, whoever ran before and on whatever machine.

use sdnotify_tests::left_out::left_out;
use std::ffi::CStr;
use std::io::{Error, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd;
use std::path::Path;

const QUEUES: &CStr = c"/dev/mqueue";
const BOOTED: &CStr = c"/run/systemd";

/// Gives this process, and those that it starts, message queues and a loopback interface of their own, no vsock, and a
/// machine that systemd has not booted. Call it before any thread is started.
pub fn make_the_same() {
    let steps: [(&str, fn() -> Result<(), Error>); 4] = [
        ("message queues of the tests' own", own_queues),
        ("a network of the tests' own", own_network),
        ("a machine that systemd has not booted", not_booted),
        ("no vsock", no_vsock),
    ];
    for (what, step) in steps {
        if let Err(error) = step() {
            left_out(what, &error.to_string());
        }
    }
}

fn own_queues() -> Result<(), Error> {
    // SAFETY: unshare() takes no memory.
    succeeded(unsafe { libc::unshare(libc::CLONE_NEWNS | libc::CLONE_NEWIPC) })?;
    mount(c"none", c"/", c"none", libc::MS_REC | libc::MS_PRIVATE)?;
    match std::fs::create_dir(QUEUES.to_str().expect("ASCII")) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    mount(c"mqueue", QUEUES, c"mqueue", 0)
}

fn mount(source: &CStr, target: &CStr, kind: &CStr, flags: libc::c_ulong) -> Result<(), Error> {
    // SAFETY: the strings end with NUL and outlive the call; no data are given.
    succeeded(unsafe { libc::mount(source.as_ptr(), target.as_ptr(), kind.as_ptr(), flags, std::ptr::null()) })
}

fn succeeded(result: libc::c_int) -> Result<(), Error> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}

/// Without a way out, and with the kernel's own settings.
fn own_network() -> Result<(), Error> {
    // SAFETY: unshare() takes no memory.
    succeeded(unsafe { libc::unshare(libc::CLONE_NEWNET) })?;
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    // SAFETY: an ifreq is plain data, for which zero is a value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = *from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = libc::IFF_UP as libc::c_short;
    // SAFETY: SIOCSIFFLAGS reads an ifreq, which outlives the call.
    succeeded(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) })
}

/// In the mounts that [`own_queues`] has made this process's own.
fn not_booted() -> Result<(), Error> {
    let place = Path::new(BOOTED.to_str().expect("ASCII"));
    if place.join("system").exists() { mount(c"tmpfs", BOOTED, c"tmpfs", 0) } else { Ok(()) }
}

/// As on a kernel without the module.
fn no_vsock() -> Result<(), Error> {
    const SOCKET: u32 = libc::SYS_socket as u32;
    const VSOCK: u32 = libc::AF_VSOCK as u32;
    const REFUSED: u32 = libc::SECCOMP_RET_ERRNO | libc::EAFNOSUPPORT as u32;
    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
    let number = std::mem::offset_of!(libc::seccomp_data, nr) as u32;
    let domain = std::mem::offset_of!(libc::seccomp_data, args) as u32;
    let step = |code: u32, otherwise: u8, k: u32| libc::sock_filter { code: code as u16, jt: 0, jf: otherwise, k };
    let mut filter = [
        step(LOAD, 0, number),
        step(EQUAL, 3, SOCKET),
        step(LOAD, 0, domain),
        step(EQUAL, 1, VSOCK),
        step(RETURN, 0, REFUSED),
        step(RETURN, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: no memory is given.
    succeeded(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })?;
    // SAFETY: the program and its filter outlive the call, which copies them.
    succeeded(unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) })
}
