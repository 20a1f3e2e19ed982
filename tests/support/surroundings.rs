//! What the libraries find around them, made the same for every one of them, whoever ran before and on whatever machine.

use crate::left_out::left_out;
use crate::tree;
use std::ffi::CStr;
use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

const QUEUES: &CStr = c"/dev/mqueue";
const BOOTED: &CStr = c"/run/systemd";

/// Gives this process, and those that it starts, message queues and a loopback interface of their own, no vsock, and a
/// machine that systemd has not booted. Call it before any thread is started.
pub fn make_the_same() {
    type Step = fn() -> Result<()>;
    let steps: [(&str, Step); 5] = [
        ("root's rights in namespaces of the tests' own", be_root),
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

/// Whether this process is root on the machine, and not merely in a user namespace, where it can do less: it has no other
/// users' ids, makes no devices, and exceeds no limit of the kernel.
pub fn is_real_root() -> bool {
    let all = |map: &str| map.split_whitespace().eq(["0", "0", "4294967295"]);
    tree::is_root() && fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| all(&map))
}

/// Whether pidfds have inodes of their own, as they have since Linux 6.9 unless that was left out of the kernel.
pub fn has_pidfs() -> bool {
    const PID_FS_MAGIC: libc::__fsword_t = 0x5049_4446;
    // SAFETY: pidfd_open() takes no memory, and returns a descriptor that is nobody else's.
    let pidfd = unsafe { libc::syscall(libc::SYS_pidfd_open, std::process::id(), 0) } as libc::c_int;
    if pidfd < 0 {
        return false;
    }
    // SAFETY: as above.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    // SAFETY: a statfs is plain data, for which zero is a value; it outlives the call.
    unsafe {
        let mut found: libc::statfs = std::mem::zeroed();
        libc::fstatfs(pidfd.as_raw_fd(), &raw mut found) == 0 && found.f_type == PID_FS_MAGIC
    }
}

/// An ordinary user goes on as root of a user namespace, in a new process: the first of a PID namespace, since only so
/// may it name other processes. This one waits for its end.
fn be_root() -> Result<()> {
    if tree::is_root() {
        return Ok(());
    }
    be_root_in(libc::CLONE_NEWPID | libc::CLONE_NEWNS)?;
    // SAFETY: there is no other thread, so the child may do whatever this process may.
    match succeeded(unsafe { libc::fork() })? {
        0 => {
            // SAFETY: no memory is given.
            succeeded(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) })?;
            mount(c"proc", c"/proc", c"proc", 0)
        }
        child => {
            let mut status = 0;
            // SAFETY: the status outlives the call.
            while unsafe { libc::waitpid(child, &raw mut status, 0) } < 0 {}
            std::process::exit(if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 101 })
        }
    }
}

/// The ids of this process's user and group.
pub fn ids() -> (u32, u32) {
    // SAFETY: geteuid() and getegid() take nothing and cannot fail.
    unsafe { (libc::geteuid(), libc::getegid()) }
}

/// Moves this process into a user namespace in which it is root, and into others that belong to that.
fn be_root_in(namespaces: libc::c_int) -> Result<()> {
    let (user, group) = ids();
    // SAFETY: unshare() takes no memory.
    succeeded(unsafe { libc::unshare(libc::CLONE_NEWUSER | namespaces) })?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("0 {group} 1"))
}

/// Has a command run with a loopback interface of its own, where this machine has none that is up.
pub fn with_loopback(command: &mut Command) -> &mut Command {
    let reachable =
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.connect((Ipv4Addr::LOCALHOST, 9)));
    if reachable.is_err() {
        let own = || if tree::is_root() { own_network() } else { be_root_in(0).and_then(|()| own_network()) };
        // SAFETY: the tests' allocator works after fork, as glibc's does; nothing else in it is shared with other threads.
        unsafe { command.pre_exec(own) };
    }
    command
}

fn own_queues() -> Result<()> {
    // SAFETY: unshare() takes no memory.
    succeeded(unsafe { libc::unshare(libc::CLONE_NEWNS | libc::CLONE_NEWIPC) })?;
    mount(c"none", c"/", c"none", libc::MS_REC | libc::MS_PRIVATE)?;
    match fs::create_dir(QUEUES.to_str().expect("ASCII")) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    mount(c"mqueue", QUEUES, c"mqueue", 0)
}

fn mount(source: &CStr, target: &CStr, kind: &CStr, flags: libc::c_ulong) -> Result<()> {
    // SAFETY: the strings end with NUL and outlive the call; no data are given.
    succeeded(unsafe { libc::mount(source.as_ptr(), target.as_ptr(), kind.as_ptr(), flags, std::ptr::null()) })
        .map(drop)
}

fn succeeded(result: libc::c_int) -> Result<libc::c_int> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(result) }
}

/// Without a way out, and with the kernel's own settings.
fn own_network() -> Result<()> {
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
    succeeded(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) }).map(drop)
}

/// In the mounts that [`own_queues`] has made this process's own.
fn not_booted() -> Result<()> {
    let place = Path::new(BOOTED.to_str().expect("ASCII"));
    if place.join("system").exists() { mount(c"tmpfs", BOOTED, c"tmpfs", 0) } else { Ok(()) }
}

/// As on a kernel without the module.
fn no_vsock() -> Result<()> {
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
    succeeded(unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) }).map(drop)
}
