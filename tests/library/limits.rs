//! What can be counted, and must not grow: system calls, allocations, relocations, instructions, memory. The sizes of the
//! files are in elf.rs. Nothing is timed.

use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::tree::{self, Scratch, run};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// As many messages as any receiver's queue has room for.
const COUNT: usize = 8;

fn link_options() -> Vec<String> {
    let mut options = tree::pkg_config("libsdnotify", &["--cflags", "--libs"]);
    options.push(format!("-Wl,-rpath,{}/lib", tree::installed().display()));
    options
}

/// The system calls of `COUNT` calls, without those that the program makes anyhow, and the allocations.
fn calls_and_allocations(program: &Path, scratch: &Scratch, call: &str) -> (usize, usize) {
    let count = |times: usize| {
        let receiver = Receiver::abstract_name();
        let log = scratch.path("strace");
        let output = run(Command::new("strace")
            .args(["-f", "-qq", "-o"])
            .arg(&log)
            .arg(program)
            .args([call, &times.to_string()])
            .env("NOTIFY_SOCKET", receiver.address()));
        let calls =
            std::fs::read_to_string(log).expect("strace writes").lines().filter(|line| line.contains('(')).count();
        (calls, output.trim().parse::<usize>().expect("a number"))
    };
    let (without, none) = count(0);
    let (with, allocations) = count(COUNT);
    assert_eq!(none, 0);
    (with - without, allocations)
}

#[test]
fn system_calls_and_allocations() {
    let scratch = Scratch::new("limits");
    let program = tree::compile("cc", &scratch, &["limits.c"], &link_options());
    // SAFETY: no precondition, cannot fail.
    let is_root = unsafe { libc::geteuid() == 0 };
    // Who may not go beyond the system's limit is told so first.
    let connect = if is_root { 4 } else { 5 };
    for (call, calls, allocations) in [
        ("sd_notify", 3, 0),
        ("sd_notify:5000", 3, 0),
        ("sd_notifyf", 3, 0),
        ("sd_notifyf:4096", 3, 0),
        ("sd_notifyf:4097", 3, 1),
        ("sd_pid_notify_with_fds", 3, 0),
        ("sd_pid_notifyf_with_fds", 3, 0),
        // socket, connect, setsockopt, and the program's close
        ("sdn_connect", connect, 0),
        ("sdn_send", 1, 0),
        ("sdn_send:5000", 1, 0),
        ("sdn_sendf", 1, 0),
        ("sdn_sendf:4096", 1, 0),
        ("sdn_sendf:4097", 1, 1),
        ("sdn_send_with_fds", 1, 0),
        ("sdn_status", 1, 0),
        ("sdn_status:5000", 1, 0),
        ("sdn_statusf", 1, 0),
        ("sdn_reloading", 1, 0),
        // pipe2, sendmsg, close, ppoll, close
        ("sdn_barrier", 5, 0),
        ("sdn_heartbeat_interval", 0, 0),
    ] {
        assert_eq!(calls_and_allocations(&program, &scratch, call), (calls * COUNT, allocations * COUNT), "{call}");
    }
}

/// The words that the loader changes: one for each function of the C library.
#[test]
fn relocations() {
    for (library, most) in
        [("lib/libsdnotify.so.0", 32), ("lib/libsdjournal.so.0", 25), ("lib/libsdnotify/libsystemd.so.0", 39)]
    {
        let said = run(Command::new("readelf").arg("-rW").arg(tree::installed().join(library)));
        let count = said.lines().filter(|line| line.contains("R_")).count();
        println!("{count:5} {library}");
        assert!((10..=most).contains(&count), "{library}: {count}");
        assert!(!said.contains("RELATIVE"), "{library}: no pointers");
    }
}

/// A program of bench/ that does nothing, linked with a library.
fn idle_program(scratch: &Scratch, name: &str, library: &Path) -> PathBuf {
    let program = scratch.path(name);
    run(Command::new("cc")
        .arg("-O2")
        .arg(tree::top().join("bench/start.c"))
        .args(["-Wl,--no-as-needed", library.to_str().expect("UTF-8")])
        .arg(format!("-Wl,-rpath,{}", library.parent().expect("a directory").display()))
        .arg("-o")
        .arg(&program));
    program
}

fn shared_library(scratch: &Scratch, source: &str) -> PathBuf {
    let library = scratch.path(&format!("lib{}.so", source.trim_end_matches(".c")));
    let source = tree::top().join("bench").join(source);
    run(Command::new("cc").args(["-O2", "-shared", "-fPIC"]).arg(source).arg("-o").arg(&library));
    library
}

#[test]
fn instructions_from_exec_to_exit() {
    let scratch = Scratch::new("instructions");
    let count = |name: &str, library: &Path| -> u64 {
        let log = scratch.path("callgrind");
        run(Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(format!("--log-file={}", log.display()))
            .arg(idle_program(&scratch, name, library))
            .env_clear());
        let said = std::fs::read_to_string(log).expect("valgrind writes");
        let (_, number) = said.split_once("Collected : ").unwrap_or_else(|| panic!("{said}"));
        number.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
    };
    let empty = count("empty", &shared_library(&scratch, "empty.c"));
    let ours = count("ours", &tree::installed().join("lib/libsdnotify.so.0"));
    println!("{empty} with an empty library, {ours} with ours");
    // What is more is the loader's search for each function of the C library, about 800 instructions.
    assert!(ours - empty < 32_000, "{empty} with an empty library, {ours} with ours");
}

/// As much more private memory as the floor as two pages at most.
#[test]
fn private_memory() {
    let scratch = Scratch::new("memory");
    let receiver = Receiver::abstract_name();
    let least_dirty = |name: &str, library: &Path| -> u64 {
        let program = idle_program(&scratch, name, library);
        let dirty = || {
            let mut child = Command::new(&program)
                .args(["1", "wait"])
                .env_clear()
                .env("NOTIFY_SOCKET", receiver.address())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("the program starts");
            let mut line = String::new();
            BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it says when it is done");
            assert_eq!(receiver.next().text(), "READY=1");
            let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", child.id())).expect("smaps_rollup");
            drop(child.stdin.take());
            assert!(child.wait().expect("it ends").success());
            let line = rollup.lines().find_map(|line| line.strip_prefix("Private_Dirty:")).expect("Private_Dirty");
            line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number")
        };
        (0..8).map(|_| dirty()).min().expect("eight")
    };
    let floor = least_dirty("floor", &shared_library(&scratch, "floor.c"));
    let ours = least_dirty("ours", &tree::installed().join("lib/libsdnotify.so.0"));
    println!("{floor} kB with the floor, {ours} kB with ours");
    assert!(ours <= floor + 8, "{floor} kB with the floor, {ours} kB with ours");
}
