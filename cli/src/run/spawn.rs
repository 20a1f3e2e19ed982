//! Starts the command as a service manager does: in a new session, with default signals, with only the standard and the
//! passed descriptors, and with the protocols' variables.

use super::limit::Limit;
use super::notify_socket::secret;
use super::plan::Program;
use super::processes::open_pidfd;
use crate::unit::command;
use libsdnotify_engine::env;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl, open};
use nix::libc;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{ForkResult, chdir, dup2_stdin, dup2_stdout, execvpe, fork, getppid, pipe2, read, setsid, write};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

/// Other variables that systemd sets for a service, which would mislead the service if inherited.
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
    /// The file to which to write 0 to enter its control group.
    pub cgroup: Option<BorrowedFd<'a>>,
    /// Its limit on open descriptors, if different from ours.
    pub limit: Option<Limit>,
    /// Whether the command's standard output goes to standard error.
    pub stdout_to_stderr: bool,
    pub pid_file: Option<&'a Path>,
    /// Whether it gets SIGTERM when this process ends.
    pub ends_with_us: bool,
}

/// What did not work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum Step {
    Prepare,
    User,
    Directory,
    Execute,
}

/// Where it failed, and why.
pub type Failure = (Step, Errno);

impl From<Errno> for Place {
    fn from(errno: Errno) -> Place {
        Place(Step::Prepare, errno)
    }
}

/// As [`Failure`], for the question mark.
struct Place(Step, Errno);

/// Starts the command; returns the process ID, or why it could not be executed.
pub fn spawn(spawn: &Spawn) -> Result<i32, Failure> {
    fork_and_execute(spawn).map_err(|Place(step, errno)| (step, errno))
}

fn fork_and_execute(spawn: &Spawn) -> Result<i32, Place> {
    let path = c_string(&spawn.program.path)?;
    let (result, report) = pipe2(OFlag::O_CLOEXEC)?;
    let own_pid = std::process::id() as i32;
    // SAFETY: the only other threads of this program write and close; they hold no lock that the child wants but the
    // allocator's, which fork() takes care of.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(result);
            let (report, Place(step, errno)) = match prepare(spawn, &report, own_pid) {
                Ok(report) => (report, execute(spawn, &path)),
                Err(place) => (report.into_raw_fd(), place),
            };
            let told = [(step as i32).to_ne_bytes(), (errno as i32).to_ne_bytes()].concat();
            // SAFETY: the descriptor is open; the process ends in the next line.
            let _ = write(unsafe { BorrowedFd::borrow_raw(report) }, &told);
            // SAFETY: ends the process without running the parent's destructors.
            unsafe { libc::_exit(127) }
        }
        ForkResult::Parent { child } => {
            drop(report);
            let mut told = [0; 8];
            match read(&result, &mut told) {
                Ok(8) => {
                    let _ = super::wait::wait_for(child.as_raw());
                    let [s0, s1, s2, s3, errno @ ..] = told;
                    let step = i32::from_ne_bytes([s0, s1, s2, s3]);
                    let steps = [Step::Prepare, Step::User, Step::Directory];
                    let step = steps.into_iter().find(|other| *other as i32 == step).unwrap_or(Step::Execute);
                    Err(Place(step, Errno::from_raw(i32::from_ne_bytes(errno))))
                }
                _ => Ok(child.as_raw()),
            }
        }
    }
}

/// In the child: becomes the program. Returns only on failure.
fn execute(spawn: &Spawn, path: &CStr) -> Place {
    let program = spawn.program;
    let variables = environment(spawn);
    let arguments: Vec<Vec<u8>> = program.arguments.iter().map(|word| word.as_bytes().to_vec()).collect();
    let arguments = if program.substitutes {
        let get = |name: &[u8]| {
            let value = variables.iter().find(|(other, _)| other.as_bytes() == name);
            value.map(|(_, value)| value.as_bytes().to_vec())
        };
        command::substitute(&arguments, &get).0
    } else {
        arguments
    };
    let arguments: Result<Vec<CString>, _> = arguments.into_iter().map(CString::new).collect();
    let joined = variables.into_iter().map(|(mut name, value)| {
        name.push("=");
        name.push(value);
        c_string(&name)
    });
    let variables: Vec<CString> = joined.flatten().collect();
    let result = arguments.map_err(|_| Errno::EINVAL).and_then(|arguments| execvpe(path, &arguments, &variables));
    Place(Step::Execute, result.err().unwrap_or(Errno::ENOEXEC))
}

/// In the child: everything but the environment. Returns the new number of the descriptor for reporting errors.
fn prepare(spawn: &Spawn, report: &impl AsFd, parent: i32) -> Result<RawFd, Place> {
    setsid()?;
    if let Some(entrance) = spawn.cgroup {
        // Without the group, the process can still be found as a descendant.
        let _ = write(entrance, b"0");
    }
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: SIG_DFL is a disposition for every signal; the kernel refuses where none can be set.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    // A service notices a closed pipe by EPIPE, as with systemd's IgnoreSIGPIPE=yes. SAFETY: SIG_IGN is a disposition
    // for every signal.
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
    become_user(spawn)?;
    // Changing the user clears the setting. The service ends with its supervisor, however that ends.
    if spawn.ends_with_us {
        nix::sys::prctl::set_pdeathsig(Signal::SIGTERM)?;
    }
    if getppid().as_raw() != parent {
        return Err(Errno::ESRCH.into());
    }
    Ok(report)
}

fn become_user(spawn: &Spawn) -> Result<(), Place> {
    let program = spawn.program;
    if let Some(mask) = program.umask {
        umask(Mode::from_bits_truncate(mask));
    }
    if let Some(identity) = &program.identity {
        identity.take().map_err(|errno| Place(Step::User, errno))?;
    }
    match &program.directory {
        Some((directory, optional)) => match chdir(directory) {
            Err(errno) if !(*optional && errno == Errno::ENOENT) => Err(Place(Step::Directory, errno)),
            _ => Ok(()),
        },
        None => Ok(()),
    }
}

/// Moves the descriptors to 3, 4, ..., and marks all others to be closed. Opens hardly any more meanwhile, as there may
/// be no room for a second copy of each.
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
fn environment(spawn: &Spawn) -> Vec<(OsString, OsString)> {
    let pid = std::process::id();
    let supervisor = getppid().to_string();
    let is_foreign = |name: &OsString| env::names().chain(FOREIGN).any(|foreign| name == foreign);
    let mut variables: Vec<(OsString, OsString)> = std::env::vars_os().filter(|(name, _)| !is_foreign(name)).collect();
    variables.retain(|(name, _)| !spawn.program.environment.iter().any(|(other, _)| other == name));
    variables.extend(spawn.program.environment.iter().cloned());
    let mut set = |name: &str, value: OsString| variables.push((name.into(), value));
    set("SYSTEMD_EXEC_PID", pid.to_string().into());
    if let Some(id) = secret() {
        set("INVOCATION_ID", id.into());
    }
    if let Some(address) = spawn.notify_socket {
        set("NOTIFY_SOCKET", address.to_owned());
        // systemd-notify(1) sends on behalf of its parent, unless that is the manager.
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
        // It remains if a wrapper rewrites LISTEN_PID, which is then refused.
        if let Some(inode) = open_pidfd(pid as i32).and_then(|own| crate::abi::pidfd_inode(&own)) {
            set("LISTEN_PIDFDID", inode.to_string().into());
        }
        set("LISTEN_FDNAMES", names.join(":").into());
    }
    if let Some(path) = spawn.pid_file {
        set("PIDFILE", path.into());
    }
    let is_unset = |(name, value): &(OsString, OsString)| {
        let mut both = name.clone();
        both.push("=");
        both.push(value);
        spawn.program.unset.iter().any(|unset| unset == name || *unset == both)
    };
    variables.retain(|variable| !is_unset(variable));
    variables
}

fn c_string(text: &OsStr) -> Result<CString, Errno> {
    CString::new(text.as_bytes()).map_err(|_| Errno::EINVAL)
}
