//! Services that try to outlive `sdnotify run`, or at least their stop.

use sdnotify_tests::command::{Running, eventually, field, sdnotify, speaker};
use sdnotify_tests::left_out::left_out;
use sdnotify_tests::tree::Scratch;
use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Forks and exits, again and again, deaf to SIGTERM. Each has the file `lock` locked, with those before and after it.
const CHAIN: &str = r#"exec 9> "$0"; flock 9; trap "" TERM; f() { f & }; f; "#;
/// A process of its own session that is deaf to SIGTERM.
const DAEMON: &str = r#"exec 9> "$0"; flock 9; setsid sh -c 'trap "" TERM; while :; do sleep 1000; done' & "#;

/// Whether somebody still has the lock.
fn is_locked(lock: &Path) -> bool {
    File::open(lock).expect("written by the service").try_lock().is_err()
}

fn is_root() -> bool {
    // SAFETY: no precondition.
    unsafe { libc::geteuid() == 0 }
}

/// `sdnotify run`, by way of these words, of a shell script that goes on when it has said that all is prepared.
fn run(wrapper: &[&str], program: &Path, lock: &Path, script: &str) -> Running {
    let mut words: Vec<&std::ffi::OsStr> = wrapper.iter().map(std::ffi::OsStr::new).collect();
    words.push(program.as_os_str());
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).args(["run", "--json", "--stop-timeout", "500ms", "--", "sh", "-c"]);
    command.arg(format!("{script} kill -STOP $$; exit 0")).arg(lock);
    let mut running = Running::spawn(&mut command);
    let main = field(&running.wait_for(&[("event", "start")]), "main_pid");
    // Its own number is another one outside, where it runs in a PID namespace.
    if !wrapper.contains(&"--pid") {
        let stat = format!("/proc/{main}/stat");
        eventually("a stopped shell", || std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T ")));
    } else {
        eventually("the lock", || lock.exists() && is_locked(lock));
        // Long enough for the rest of the script on an idle machine; on another, there is less to be killed.
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    running
}

/// As a user without privileges, for whom there is no control group; a copy of the command where that user finds it.
fn unprivileged(scratch: &Scratch) -> Option<(Vec<&'static str>, std::path::PathBuf)> {
    if !is_root() {
        return Some((vec!["env"], sdnotify().get_program().into()));
    }
    std::fs::set_permissions(scratch.dir(), Permissions::from_mode(0o777)).expect("a directory of ours");
    let program = scratch.path("sdnotify");
    std::fs::copy(sdnotify().get_program(), &program).expect("a copy");
    let wrapper = vec!["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let runs = Command::new(wrapper[0]).args(&wrapper[1..]).arg(&program).arg("--version").output();
    if runs.is_ok_and(|output| output.status.success()) {
        return Some((wrapper, program));
    }
    left_out("an unprivileged supervisor", "a directory above $TMPDIR is closed to others");
    None
}

#[test]
fn a_chain_of_processes_that_exit() {
    let scratch = Scratch::new("chain");
    let lock = scratch.path("lock");
    let running = run(&["env"], sdnotify().get_program().as_ref(), &lock, CHAIN);
    running.signal(libc::SIGTERM);
    let ended = running.finish();
    assert!(!is_locked(&lock), "{:#?}", ended.events);
    assert!(!ended.texts().contains(" remains: "), "{}", ended.texts());
}

#[test]
fn a_chain_without_a_control_group() {
    let scratch = Scratch::new("free-chain");
    let lock = scratch.path("lock");
    let Some((wrapper, program)) = unprivileged(&scratch) else { return };
    let running = run(&wrapper, &program, &lock, CHAIN);
    running.signal(libc::SIGTERM);
    let ended = running.finish();
    assert!(!is_locked(&lock), "{:#?}", ended.events);
}

/// In a PID namespace whose /proc is the outer one: as its process 1, and as another with a control group.
#[test]
fn where_proc_shows_strangers() {
    if !is_root() {
        left_out("a foreign /proc", "only root makes a PID namespace without a user namespace");
        return;
    }
    let foreign: &[&str] = &["unshare", "--pid", "--fork", "--kill-child", "--"];
    // Process 1 there is a shell, which passes the signal on.
    let behind =
        "trap 'kill -TERM $!' TERM; \"$@\" & while kill -0 $! 2> /dev/null; do wait $!; status=$?; done; exit $status";
    let second: &[&str] = &["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", behind, "sh"];
    for wrapper in [foreign, second] {
        let scratch = Scratch::new("proc");
        let lock = scratch.path("lock");
        let running = run(wrapper, sdnotify().get_program().as_ref(), &lock, DAEMON);
        let pid = child(running.pid());
        // SAFETY: a child that is not waited for before this test lets it end.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
        let ended = running.finish();
        assert!(!is_locked(&lock), "{wrapper:?}: {:#?}", ended.events);
        assert_eq!(ended.status.code(), Some(128 + libc::SIGTERM), "{wrapper:?}: {:#?}", ended.events);
    }
}

/// The service is run all the same, and what cannot be promised is said.
#[test]
fn without_proc() {
    if !is_root() {
        left_out("no /proc", "only root can unmount it");
        return;
    }
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", "umount -l /proc && exec \"$@\"", "sh"]).arg(sdnotify().get_program());
    command.args(["run", "--json", "--"]).arg(speaker()).args(["say", "READY=1", "exit", "7"]);
    let ended = Running::spawn(&mut command).finish();
    assert_eq!(
        (ended.history().as_str(), ended.status.code()),
        ("start running failed", Some(7)),
        "{:#?}",
        ended.events
    );
    assert!(ended.texts().contains("only the main process's group is sure to be stopped"), "{}", ended.texts());
}

fn child(pid: i32) -> i32 {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("its children");
    children.split_whitespace().next().and_then(|pid| pid.parse().ok()).expect("a child")
}

/// The supervisor is killed: what it has made goes, and what its service has left too.
#[test]
fn nothing_stays_after_sigkill() {
    let scratch = Scratch::new("killed");
    let unprivileged = unprivileged(&scratch);
    let privileged = is_root().then(|| (vec!["env"], sdnotify().get_program().into()));
    for (wrapper, program) in unprivileged.into_iter().chain(privileged) {
        let (lock, address) = (scratch.path("lock"), scratch.path("address"));
        let script = format!("printf %s \"$NOTIFY_SOCKET\" > \"$0.address\"; {DAEMON}");
        let running = run(&wrapper, &program, &lock, &script);
        let address = std::fs::read_to_string(address.with_file_name("lock.address")).expect("written");
        let directory = Path::new(&address).ancestors().nth(2).expect("a directory").to_owned();
        let pid = running.pid();
        let groups = || groups(pid);
        assert!(directory.exists() && is_locked(&lock));
        running.signal(libc::SIGKILL);
        drop(running);
        eventually("the end of the daemon", || !is_locked(&lock));
        eventually("no directory and no control group", || !directory.exists() && groups().is_empty());
        let _ = std::fs::remove_file(&lock);
    }
}

/// The control groups that a supervisor has made.
fn groups(supervisor: i32) -> Vec<std::path::PathBuf> {
    let name = format!("sdnotify-{supervisor}");
    let mut found = Vec::new();
    let mut directories = vec![std::path::PathBuf::from("/sys/fs/cgroup")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if entry.file_name().to_str() == Some(&name) {
                    found.push(entry.path());
                }
                directories.push(entry.path());
            }
        }
    }
    found
}
