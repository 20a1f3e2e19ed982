//! The functions of sdnotify.h, called by a program compiled against the installed header: tests/c/channel.c.

use sdnotify_tests::probe::{Probe, text};
use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::tree::{self, Scratch};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

#[path = "channel/confined.rs"]
mod confined;
#[path = "channel/lost.rs"]
mod lost;
#[path = "channel/numbers.rs"]
mod numbers;
#[path = "channel/status.rs"]
mod status;

/// The program, compiled once.
fn program() -> PathBuf {
    static PROGRAM: OnceLock<(Scratch, PathBuf)> = OnceLock::new();
    let (_, program) = PROGRAM.get_or_init(|| {
        let scratch = Scratch::new("channel");
        let mut flags = tree::pkg_config("libsdnotify", &["--cflags", "--libs"]);
        flags.push(format!("-Wl,-rpath,{}/lib", tree::installed().display()));
        let program = tree::compile("cc", &scratch, &["channel.c", "confine.c"], &flags);
        (scratch, program)
    });
    program.clone()
}

fn start() -> Probe {
    let mut command = Command::new(program());
    tree::without_variables(&mut command);
    Probe::spawn(&mut command)
}

/// Sets a variable of the program's environment.
fn set(program: &mut Probe, name: &str, value: impl AsRef<[u8]>) {
    assert_eq!(program.ret(&format!("set {name} {}", text(value.as_ref()))), 0);
}

/// Opens a channel to the receiver; its descriptor.
fn connect(program: &mut Probe, receiver: &Receiver) -> i32 {
    set(program, "NOTIFY_SOCKET", receiver.address().as_encoded_bytes());
    let answer = program.ask("sdn_connect 0 1");
    let channel = answer.strip_prefix("ret=1 channel=").and_then(|fd| fd.parse().ok());
    channel.unwrap_or_else(|| panic!("{answer}"))
}

/// A program with a channel to a receiver.
fn connected() -> (Receiver, Probe, i32) {
    let receiver = Receiver::abstract_name();
    let mut program = start();
    let channel = connect(&mut program, &receiver);
    (receiver, program, channel)
}

#[test]
fn a_channel_is_close_on_exec_and_the_only_thing_left_open() {
    let mut program = start();
    let before = program.descriptors();
    let receiver = Receiver::abstract_name();
    let channel = connect(&mut program, &receiver);
    assert!(channel > 2);
    let mut after = program.descriptors();
    after.retain(|fd| !before.contains(fd));
    assert_eq!(after, [format!("{channel}c")]);
    assert_eq!(program.ret(&format!("exec {channel}")), 0, "not open in another program");
}

#[test]
fn a_channel_is_never_a_standard_stream() {
    let receiver = Receiver::abstract_name();
    let mut program = start();
    let before = program.descriptors();
    assert_eq!(program.ret("close 2"), 0);
    let channel = connect(&mut program, &receiver);
    assert!(channel > 2);
    assert_eq!(program.ret("open 2"), 0);
    assert_eq!(program.descriptors().len(), before.len() + 1);
    assert_eq!(program.ret(&format!("sdn_send {channel} x41")), 1);
    assert_eq!(receiver.next().text(), "A");
}

#[test]
fn connecting_says_what_is_wrong_and_clears_the_environment_all_the_same() {
    let scratch = Scratch::new("nobody");
    let nobody = scratch.path("nobody");
    drop(Receiver::at(&nobody));
    let cases: &[(&[u8], i32)] = &[
        (b"", libc::EPROTO),
        (b"relative", libc::EPROTO),
        (b"@", libc::EINVAL),
        (&[b'/'; 108], libc::ENAMETOOLONG),
        (nobody.as_os_str().as_encoded_bytes(), libc::ECONNREFUSED),
        (b"/nonexistent/socket", libc::ENOENT),
        (b"/dev/null", libc::ECONNREFUSED),
        (b"vsock:2", libc::EINVAL),
        (b"vsock:2:1234", libc::EAFNOSUPPORT),
        (b"vsock-dgram:2:1234", libc::EAFNOSUPPORT),
        (b"vsock-stream:host:1234", libc::EAFNOSUPPORT),
    ];
    let mut program = start();
    for (address, error) in cases {
        let before = program.descriptors();
        for unset in [0, 1] {
            set(&mut program, "NOTIFY_SOCKET", address);
            let answer = program.ask(&format!("sdn_connect {unset} 1"));
            assert_eq!(answer, format!("ret=-{error} channel=-1"), "{}", address.escape_ascii());
            assert_eq!(program.environment(), if unset == 0 { "NOTIFY_SOCKET," } else { "" });
        }
        assert_eq!(program.descriptors(), before);
    }
    assert_eq!(program.ask("sdn_connect 0 1"), "ret=0 channel=-1", "no service manager");

    let receiver = Receiver::abstract_name();
    set(&mut program, "NOTIFY_SOCKET", receiver.address().as_encoded_bytes());
    assert_eq!(program.ask("sdn_connect 1 0"), format!("ret=-{} channel=4242", libc::EINVAL));
    assert_eq!(program.environment(), "");
}

#[test]
fn messages_arrive_as_they_were_sent() {
    let (receiver, mut program, channel) = connected();
    for state in ["READY=1", "A=1\nB=2\n", "", "STATUS=5 × fünf"] {
        assert_eq!(program.ret(&format!("sdn_send {channel} {}", text(state.as_bytes()))), 1);
        let message = receiver.next();
        assert_eq!((message.text().as_str(), message.pid as u32), (state, program.id()));
    }
    assert_eq!(program.ret(&format!("sdn_sendf {channel} {}", text(b"X=%s"))), 1);
    assert_eq!(receiver.next().text(), "X=%s\n42");
    for (length, formatted) in [(4093, 4096), (4094, 4097), (200_000, 200_003)] {
        assert_eq!(program.ret(&format!("sdn_sendf {channel} {length}*61")), 1);
        let message = receiver.next();
        assert_eq!(message.bytes.len(), formatted);
        assert!(message.bytes.starts_with(&vec![b'a'; length]) && message.bytes.ends_with(b"\n42"));
    }
}

#[test]
fn descriptors_go_along_and_stay_the_callers() {
    let (receiver, mut program, channel) = connected();
    assert_eq!(program.ret("open 20"), 0);
    assert_eq!(program.ret(&format!("sdn_send_with_fds {channel} x41 20,0,1 3")), 1);
    assert_eq!(receiver.next().fds.len(), 3);
    assert_eq!(program.ret(&format!("sdn_send_with_fds {channel} x41 - 0")), 1);
    assert!(receiver.next().fds.is_empty());
    assert!(program.descriptors().contains(&"20".to_owned()));
    for (arguments, error) in [
        (format!("{channel} - 20 1"), libc::EINVAL),
        (format!("{channel} x41 - 1"), libc::EINVAL),
        (format!("{channel} x41 20 254"), libc::E2BIG),
        (format!("{channel} x41 999 1"), libc::EBADF),
    ] {
        assert_eq!(program.ret(&format!("sdn_send_with_fds {arguments}")), -error, "{arguments}");
    }
    assert!(receiver.is_empty());
}

#[test]
fn without_a_channel_nothing_happens_and_bad_ones_are_refused() {
    let mut program = start();
    let calls = ["sdn_send # x41", "sdn_sendf # x41", "sdn_send_with_fds # x41 0 1", "sdn_status # x41"];
    for call in calls.iter().chain(&["sdn_statusf # x41", "sdn_reloading #", "sdn_barrier # 0"]) {
        let mut with = |channel: &str| program.ret(&call.replace('#', channel));
        assert_eq!(with("-1"), 0, "{call}");
        assert_eq!(with("-2"), -libc::EBADF, "{call}");
        assert_eq!(with("999"), -libc::EBADF, "{call}");
        // Standard input is a pipe.
        assert_eq!(with("0"), -libc::ENOTSOCK, "{call}");
    }
    // A NULL text is a mistake with and without a service manager.
    for call in ["sdn_send -1 -", "sdn_sendf -1 -", "sdn_send_with_fds -1 - - 0", "sdn_status -1 -", "sdn_statusf -1 -"]
    {
        assert_eq!(program.ret(call), -libc::EINVAL, "{call}");
    }
}

#[test]
fn a_child_speaks_for_itself() {
    let (receiver, mut program, channel) = connected();
    let answer = program.ask(&format!("child {channel} x41"));
    assert_eq!(answer, format!("ret=1 pid={}", receiver.next().pid));
    assert!(!answer.ends_with(&format!("={}", program.id())));
}

#[test]
fn the_barrier_waits_for_the_other_end_to_be_closed() {
    let (receiver, mut program, channel) = connected();
    let before = program.descriptors();
    assert_eq!(program.ret(&format!("sdn_barrier {channel} 50000")), -libc::ETIMEDOUT);
    let message = receiver.next();
    assert_eq!((message.text().as_str(), message.fds.len()), ("BARRIER=1", 1));
    drop(message);

    program.tell(&format!("sdn_barrier {channel} {}", u64::MAX));
    drop(receiver.next());
    assert_eq!(program.answer(), "ret=1");
    assert_eq!(program.descriptors(), before);
}
