//! Starts the command as a service manager does: a session of its own, signals as after boot, no descriptors but the
//! standard ones and those passed, and the protocols' variables.

use super::limit::Limit;
use super::notify_socket::secret;
use super::plan::Program;
use super::processes::open_pidfd;
use libsdnotify_engine::env;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl, open};
use nix::libc;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::stat::Mode;
use nix::unistd::{ForkResult, dup2_stdin, dup2_stdout, execvpe, fork, getppid, pipe2, read, setsid, write};
use std::ffi::{CString, OsStr, OsString};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// What systemd sets for a service besides the protocols' variables, and a service could take for its own if it were
/// inherited.
const FOREIGN: [&str; 32] = [
    "FDSTORE",
    "MAINPID",
    "MAINPIDFDID",
    "MANAGERPID",
    "MANAGERPIDFDID",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LOG_NAMESPACE",
    "SYSTEMD_EXEC_PID",
    "CREDENTIALS_DIRECTORY",
    "RUNTIME_DIRECTORY",
    "STATE_DIRECTORY",
    "CACHE_DIRECTORY",
    "LOGS_DIRECTORY",
    "CONFIGURATION_DIRECTORY",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    "SERVICE_RESULT",
    "EXIT_CODE",
    "EXIT_STATUS",
    "MONITOR_SERVICE_RESULT",
    "MONITOR_EXIT_CODE",
    "MONITOR_EXIT_STATUS",
    "MONITOR_INVOCATION_ID",
    "MONITOR_UNIT",
    "PIDFILE",
    "REMOTE_ADDR",
    "REMOTE_PORT",
    "TRIGGER_UNIT",
    "TRIGGER_PATH",
    "TRIGGER_TIMER_REALTIME_USEC",
    "TRIGGER_TIMER_MONOTONIC_USEC",
];

pub struct Spawn<'a> {
    pub program: &'a Program,
    pub notify_socket: Option<&'a OsStr>,
    pub watchdog: Option<Duration>,
    pub fds: Vec<(BorrowedFd<'a>, String)>,
    pub fd_store_max: usize,
    /// Where to write 0 to enter its control group.
    pub cgroup: Option<BorrowedFd<'a>>,
    /// How many descriptors it may open, if that is not as here.
    pub limit: Option<Limit>,
    /// Standard output is not the command's to write to.
    pub stdout_to_stderr: bool,
    /// It is told to end when this process ends.
    pub ends_with_us: bool,
}

/// Starts it; the process id, or why the program could not be executed.
pub fn spawn(spawn: &Spawn) -> Result<i32, Errno> {
    let arguments: Vec<CString> = spawn.program.command.iter().map(|word| c_string(word)).collect::<Result<_, _>>()?;
    let (result, report) = pipe2(OFlag::O_CLOEXEC)?;
    let own_pid = std::process::id() as i32;
    // SAFETY: the only other threads of this program write and close; they hold no lock that the child wants but the
    // allocator's, which fork() takes care of.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(result);
            let (report, errno) = match prepare(spawn, &report, own_pid) {
                Ok(report) => {
                    let errno = execvpe(&arguments[0], &arguments, &environment(spawn)).err();
                    (report, errno.unwrap_or(Errno::ENOEXEC))
                }
                Err(errno) => (report.into_raw_fd(), errno),
            };
            // SAFETY: the descriptor is open; the process ends in the next line.
            let _ = write(unsafe { BorrowedFd::borrow_raw(report) }, &(errno as i32).to_ne_bytes());
            // SAFETY: ends the process without running the parent's destructors.
            unsafe { libc::_exit(127) }
        }
        ForkResult::Parent { child } => {
            drop(report);
            let mut errno = [0; 4];
            match read(&result, &mut errno) {
                Ok(4) => {
                    let _ = super::wait::wait_for(child.as_raw());
                    Err(Errno::from_raw(i32::from_ne_bytes(errno)))
                }
                _ => Ok(child.as_raw()),
            }
        }
    }
}

/// In the child: everything but the environment. Answers where the descriptor to report an error on is now.
fn prepare(spawn: &Spawn, report: &impl AsFd, parent: i32) -> Result<RawFd, Errno> {
    setsid()?;
    // The service ends with its supervisor, however that ends.
    if spawn.ends_with_us {
        nix::sys::prctl::set_pdeathsig(Signal::SIGTERM)?;
    }
    if getppid().as_raw() != parent {
        return Err(Errno::ESRCH);
    }
    if let Some(entrance) = spawn.cgroup {
        // Without it, it can still be found as a descendant.
        let _ = write(entrance, b"0");
    }
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: SIG_DFL is a disposition for every signal; the kernel refuses where none can be set.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    // A service finds a closed pipe by its result, as systemd's IgnoreSIGPIPE=yes has it.
    // SAFETY: SIG_IGN is a disposition for every signal.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    SigSet::empty().thread_set_mask()?;
    if !spawn.program.stdin {
        dup2_stdin(&open("/dev/null", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?)?;
    }
    if spawn.stdout_to_stderr {
        dup2_stdout(std::io::stderr())?;
    }
    let report = place_fds(spawn, report)?;
    spawn.limit.into_iter().for_each(Limit::restore);
    Ok(report)
}

/// Moves the descriptors to 3, 4, ..., and marks all others to be closed. Hardly ever are more open than there were, since
/// there may be no room for a second of each.
fn place_fds(spawn: &Spawn, report: &impl AsFd) -> Result<RawFd, Errno> {
    let first = 3;
    let end = first + spawn.fds.len() as RawFd;
    let report = fcntl(report, FcntlArg::F_DUPFD_CLOEXEC(end))?;
    let mut sources: Vec<RawFd> = spawn.fds.iter().map(|(fd, _)| fd.as_raw_fd()).collect();
    for (index, place) in (first..end).enumerate() {
        let source = sources[index];
        // SAFETY: a number; it is used as long as it is open, and fails where it is not.
        let fd = unsafe { BorrowedFd::borrow_raw(place) };
        if source == place {
            fcntl(fd, FcntlArg::F_SETFD(FdFlag::empty()))?;
            continue;
        }
        if let Some(other) = sources[index + 1..].iter_mut().find(|other| **other == place) {
            *other = fcntl(fd, FcntlArg::F_DUPFD_CLOEXEC(end))?;
        }
        // SAFETY: two numbers; what is at the place belongs to a process that is about to be replaced.
        Errno::result(unsafe { libc::dup2(source, place) })?;
        // SAFETY: likewise; it is not the last descriptor of what it was.
        unsafe { libc::close(source) };
    }
    close_on_exec(end);
    Ok(report)
}

/// Marks all descriptors from this one on.
fn close_on_exec(first: RawFd) {
    // SAFETY: three numbers.
    if unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) } == 0 {
        return;
    }
    // Linux before 5.11.
    for entry in std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten() {
        if let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()).filter(|fd| *fd >= first) {
            // SAFETY: the number is used for this one call, which fails if it is not open.
            let fd = unsafe { BorrowedFd::borrow_raw(number) };
            let _ = fcntl(fd, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC));
        }
    }
}

/// The environment of the child, in the child: some variables hold its own process id.
fn environment(spawn: &Spawn) -> Vec<CString> {
    let pid = std::process::id();
    let supervisor = getppid().to_string();
    let mut variables: Vec<(OsString, OsString)> =
        std::env::vars_os().filter(|(name, _)| !env::names().chain(FOREIGN).any(|foreign| name == foreign)).collect();
    let mut set = |name: &str, value: OsString| variables.push((name.into(), value));
    set("SYSTEMD_EXEC_PID", pid.to_string().into());
    if let Some(id) = secret() {
        set("INVOCATION_ID", id.into());
    }
    if let Some(address) = spawn.notify_socket {
        set("NOTIFY_SOCKET", address.to_owned());
        // systemd-notify(1) speaks for its parent, unless that is the manager.
        set("MANAGERPID", supervisor.into());
        if spawn.fd_store_max > 0 {
            set("FDSTORE", spawn.fd_store_max.to_string().into());
        }
    }
    if let Some(watchdog) = spawn.watchdog {
        set("WATCHDOG_USEC", watchdog.as_micros().to_string().into());
        set("WATCHDOG_PID", pid.to_string().into());
    }
    if !spawn.fds.is_empty() {
        let names: Vec<&str> = spawn.fds.iter().map(|(_, name)| name.as_str()).collect();
        set("LISTEN_FDS", spawn.fds.len().to_string().into());
        set("LISTEN_PID", pid.to_string().into());
        // It stays when a wrapper rewrites LISTEN_PID, which is then refused.
        if let Some(inode) = open_pidfd(pid as i32).and_then(|own| crate::abi::pidfd_inode(&own)) {
            set("LISTEN_PIDFDID", inode.to_string().into());
        }
        set("LISTEN_FDNAMES", names.join(":").into());
    }
    let joined = variables.into_iter().map(|(mut name, value)| {
        name.push("=");
        name.push(value);
        c_string(&name)
    });
    joined.flatten().collect()
}

fn c_string(text: &OsStr) -> Result<CString, Errno> {
    CString::new(text.as_bytes()).map_err(|_| Errno::EINVAL)
}
