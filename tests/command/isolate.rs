//! `sdnotify run --isolate`: nothing of a service stays, whatever it does and whatever happens to its supervisor.

use sdnotify_tests::command::{Running, eventually, exists, field, sdnotify, speaker, texts};
use sdnotify_tests::left_out::left_out;
use sdnotify_tests::tree::Scratch;
use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

fn is_root() -> bool {
    // SAFETY: no precondition.
    unsafe { libc::geteuid() == 0 }
}

/// As this user, and as one without privileges, who needs a user namespace: the words in front, and the command.
fn users(scratch: &Scratch) -> Vec<(Vec<&'static str>, PathBuf)> {
    let mut users = vec![(vec!["env"], PathBuf::from(sdnotify().get_program()))];
    if is_root() {
        std::fs::set_permissions(scratch.dir(), Permissions::from_mode(0o777)).expect("a directory of ours");
        let program = scratch.path("sdnotify");
        std::fs::copy(sdnotify().get_program(), &program).expect("a copy");
        let wrapper = vec!["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        let mut command = Command::new(wrapper[0]);
        command.args(&wrapper[1..]).args(["unshare", "--user", "--pid", "--fork", "--mount-proc"]).arg(&program);
        if command.arg("--version").output().is_ok_and(|output| output.status.success()) {
            users.push((wrapper, program));
        } else {
            left_out(
                "isolation without privileges",
                "no user namespace, or a directory above $TMPDIR is closed to others",
            );
        }
    }
    users
}

fn run(user: &(Vec<&'static str>, PathBuf), script: &str, argument: &Path) -> Running {
    let mut command = Command::new(user.0[0]);
    command.args(&user.0[1..]).arg(&user.1).args(["run", "--json", "--isolate", "--type", "exec"]);
    command.args(["--stop-timeout", "1s", "--", "sh", "-c", script]).arg(argument);
    Running::spawn(&mut command)
}

/// Whether somebody has the file locked.
fn is_locked(lock: &Path) -> bool {
    File::open(lock).is_ok_and(|lock| lock.try_lock().is_err())
}

/// A daemon in a session of its own, deaf to SIGTERM, that has the file locked; then the main process is ready to be stopped.
const DAEMON: &str = r#"exec 9> "$0"; flock 9; setsid sh -c 'trap "" TERM; echo ready > "$0.ready"; while :; do sleep 1000; done' "$0" & sleep 1000"#;

#[test]
fn nothing_stays() {
    let scratch = Scratch::new("isolated");
    for user in users(&scratch) {
        for signal in [libc::SIGTERM, libc::SIGKILL] {
            let lock = scratch.path("lock");
            let ready = scratch.path("lock.ready");
            let mut running = run(&user, DAEMON, &lock);
            running.wait_for(&[("sub", "running")]);
            eventually("the daemon", || ready.exists());
            assert!(is_locked(&lock));
            running.signal(signal);
            if signal == libc::SIGTERM {
                let ended = running.finish();
                assert!(ended.history().starts_with("start running stop-sigterm"), "{}", ended.history());
                assert!(!is_locked(&lock), "{:#?}", ended.events);
            } else {
                drop(running);
                eventually("the end of all", || !is_locked(&lock));
            }
            std::fs::remove_file(&lock).and_then(|()| std::fs::remove_file(&ready)).expect("written");
        }
    }
}

#[test]
fn a_namespace_of_its_own() {
    let scratch = Scratch::new("namespace");
    for user in users(&scratch) {
        let script =
            "read -r name < /proc/1/comm; echo $$ $PPID $name $(ls -d /proc/[0-9]* | wc -l) $(id -u) > \"$0\"; exit 5";
        let file = scratch.path("seen");
        let mut running = run(&user, script, &file);
        let start = running.wait_for(&[("event", "start")]);
        let (main, supervisor) = (field(&start, "main_pid"), field(&start, "supervisor"));
        assert_eq!(supervisor, running.pid().to_string(), "the process that takes signals");
        assert_eq!(running.finish().status.code(), Some(5));
        let seen = std::fs::read_to_string(&file).expect("written");
        let [pid, parent, name, count, _] = seen.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{seen}") };
        assert_eq!((pid, parent, name), (main.as_str(), "1", "sdnotify"));
        assert!(count.parse::<u32>().is_ok_and(|count| count < 8), "{seen}");
        std::fs::remove_file(&file).expect("written");
    }
}

#[test]
fn messages_are_those_of_the_main_process() {
    let mut command = sdnotify();
    command.args(["run", "--json", "--isolate", "--watchdog", "1h", "--"]).arg(speaker());
    command.args(["say", "READY=1", "hand-over", "1", "say", "STATUS=it is I", "say", "WATCHDOG=1", "exit", "3"]);
    let ended = Running::spawn(&mut command).finish();
    assert_eq!(
        (ended.history().as_str(), ended.status.code()),
        ("start running failed", Some(3)),
        "{:#?}",
        ended.events
    );
    assert!(ended.messages().all(|message| message["accepted"] == true), "{:#?}", ended.events);
}

/// One who means a terminal or a control group reaches both processes: that is one request, not two.
#[test]
fn a_signal_to_all_is_one_signal() {
    let script = "trap 'sleep 0.3; exit 0' TERM; echo > \"$0\"; while :; do sleep 0.1; done";
    let scratch = Scratch::new("once");
    let file = scratch.path("ready");
    let mut command = sdnotify();
    command.args(["run", "--json", "--isolate", "--type", "exec", "--", "sh", "-c", script]).arg(&file);
    let mut running = Running::spawn(&mut command);
    running.wait_for(&[("sub", "running")]);
    eventually("the trap", || file.exists());
    let children =
        std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", running.pid())).expect("its children");
    let inside: i32 = children.trim().parse().expect("one child");
    for pid in [inside, running.pid(), inside] {
        // SAFETY: processes of this test that were not waited for yet.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
    }
    let ended = running.finish();
    assert_eq!((ended.history().as_str(), ended.status.code()), ("start running stop-sigterm dead", Some(0)));
    assert!(!exists(inside));
}

#[test]
fn in_the_background_too() {
    let mut command = sdnotify();
    command.args(["run", "--wait-ready", "--isolate", "--"]).arg(speaker()).args(["say", "READY=1", "sleep", "600000"]);
    let output = command.stderr(std::process::Stdio::null()).output().expect("sdnotify");
    let pid: i32 = texts(&output).0.trim().parse().expect("a process id");
    assert!(exists(pid));
    // SAFETY: the supervisor that was just started.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
    let is_zombie = || std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    eventually("the supervisor's end", || !exists(pid) || is_zombie());
}

/// The kernel has no namespace to give: one line says so, and nothing was run.
#[test]
fn where_there_are_no_namespaces() {
    let mut command = Command::new("unshare");
    let limit = "echo 0 > /proc/sys/user/max_pid_namespaces && exec \"$@\"";
    command.args(["--user", "--map-root-user", "sh", "-c", limit, "sh"]).arg(sdnotify().get_program());
    let output = command.args(["run", "--isolate", "--", "echo", "it ran"]).output().expect("util-linux");
    let (stdout, stderr) = texts(&output);
    assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""), "{stderr}");
    assert_eq!(stderr, "sdnotify: --isolate: cannot create a PID namespace: No space left on device\n");
}

/// A service that becomes another user whom its supervisor cannot kill: said without isolation, impossible with it.
#[test]
fn a_service_that_becomes_another_user() {
    if !is_root() {
        left_out("a service that becomes another user", "only root makes a program that does");
        return;
    }
    let scratch = Scratch::new("setuid");
    let users = users(&scratch);
    let Some(user) = users.get(1) else { return };
    let become_root = scratch.path("setpriv");
    std::fs::copy("/usr/bin/setpriv", &become_root).expect("util-linux");
    std::fs::set_permissions(&become_root, Permissions::from_mode(0o4755)).expect("ours");
    let lock = scratch.path("lock");
    std::fs::write(&lock, "").expect("a file");
    std::fs::set_permissions(&lock, Permissions::from_mode(0o666)).expect("ours");
    for isolate in [false, true] {
        let script = "exec 9<> \"$0\"; flock 9; \"$1\" --reuid=0 --regid=0 --clear-groups sleep 1000 || sleep 1000";
        let mut command = Command::new(user.0[0]);
        command.args(&user.0[1..]).arg(&user.1).args(["run", "--json", "--type", "exec", "--stop-timeout", "300ms"]);
        command.args(isolate.then_some("--isolate")).args(["--", "sh", "-c", script]).arg(&lock).arg(&become_root);
        let mut running = Running::spawn(&mut command);
        running.wait_for(&[("sub", "running")]);
        eventually("the sleep", || !isolate || is_locked(&lock));
        if !isolate {
            let main = field(&running.events[0], "main_pid");
            let children = format!("/proc/{main}/task/{main}/children");
            let sleeps = || {
                let pid = std::fs::read_to_string(&children).unwrap_or_default();
                std::fs::read_to_string(format!("/proc/{}/comm", pid.trim())).is_ok_and(|name| name == "sleep\n")
            };
            eventually("the other user's process", sleeps);
        }
        running.signal(libc::SIGTERM);
        let ended = if isolate {
            running.finish()
        } else {
            running.wait_for(&[("event", "end")]);
            let left = running.events.iter().map(|event| field(event, "text")).find(|text| text.contains("remains: "));
            let left = left.expect("it is said");
            let pid: i32 = left.split_whitespace().nth(1).and_then(|pid| pid.parse().ok()).expect("a process id");
            // SAFETY: a process of this test that only root can end.
            assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0, "{left}");
            running.finish()
        };
        assert_eq!(ended.texts().contains("remains: "), !isolate, "{}", ended.texts());
        eventually("the end of all", || !is_locked(&lock));
    }
}
