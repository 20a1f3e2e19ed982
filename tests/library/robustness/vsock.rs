//! The system calls of a message over vsock, one by one, and what becomes of each error. This kernel may have no vsock, so a
//! program answers instead of it: tests/c/vsock_kernel.c.

use sdnotify_tests::left_out::{left_out, noted};
use sdnotify_tests::library::{Library, recorded};
use sdnotify_tests::probe;
use sdnotify_tests::tree::{Scratch, compile};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The calls and, behind them, what the function returned and left; `None` where no program can answer for the kernel.
fn calls(kernel: &Path, library: Library, script: &str, address: &str) -> Option<String> {
    let probe = library.command(&probe::program()).expect("it was seen to be there");
    let mut command = Command::new("timeout");
    command.arg("60").arg(kernel).arg(script).arg(probe.get_program()).args(probe.get_args()).arg(library.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("timeout starts");
    let commands = format!("set NOTIFY_SOCKET ={address};sd_notify 1 =READY=1;state\n");
    child.stdin.take().expect("piped").write_all(commands.as_bytes()).expect("the probe reads");
    let output = child.wait_with_output().expect("its end");
    if output.status.code() == Some(77) {
        return None;
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let answers = text(&output.stdout);
    let answers: Vec<&str> = answers.lines().filter(|line| *line != "ok").collect();
    Some(format!("{}\n{}", text(&output.stderr), answers.join("\n")))
}

/// Whether the parts of a pattern between its stars are in a text, in this order.
fn matches(text: &str, pattern: &str) -> bool {
    let mut rest = Some(text);
    for part in pattern.split('*') {
        rest = rest.and_then(|text| text.split_once(part)).map(|(_, rest)| rest);
    }
    rest.is_some()
}

fn check(script: &str, address: &str, pattern: &str) {
    static KERNEL: OnceLock<(Scratch, PathBuf)> = OnceLock::new();
    let (_, kernel) = KERNEL.get_or_init(|| {
        let scratch = Scratch::new("vsock");
        let program = compile("gcc", &scratch, &["vsock_kernel.c"], &[]);
        (scratch, program)
    });
    let Some(ours) = calls(kernel, Library::Ours, script, address) else {
        return left_out("vsock", "no seccomp user notification here");
    };
    assert!(matches(&ours, pattern), "{ours}\nis not {pattern}");
    match Library::Newest.release() {
        Ok(release) if recorded().last() == Some(&release) => {
            let theirs = calls(kernel, Library::Newest, script, address).expect("it answered for ours");
            assert_eq!(ours, theirs, "ours and libsystemd {release}");
        }
        Ok(release) => noted(&format!("vsock on libsystemd {release}"), "it has no record"),
        Err(reason) => noted("vsock on Debian forky's libsystemd", &reason),
    }
}

macro_rules! vsock {
    ($($name:ident: $script:literal, $address:literal, $pattern:literal;)*) => {
        $(#[test]
        fn $name() {
            check($script, $address, $pattern);
        })*
    };
}

vsock! {
    a_datagram: "x", "vsock:2:99", "socket(dgram,cloexec) bind(4294967295:1023)#1:1023 send(7)*ret=1\n";
    no_datagrams_packets_then_the_end: "no-dgram=19", "vsock:2:99",
        "socket(dgram,cloexec)=19 socket(seqpacket,cloexec) bind(*)#1:1023 connect(2:99) send(7) shutdown(1) wait*ret=1\n";
    no_packets_either_a_stream: "no-dgram=95,no-seqpacket=94", "vsock:2:99",
        "=95 socket(seqpacket,cloexec)=94 socket(stream,*) *wait*ret=1\n";
    no_vsock_at_all: "no-dgram=97,no-seqpacket=97,no-stream=97", "vsock:2:99", "ret=-97";
    an_error_that_is_not_about_support: "no-dgram=1", "vsock:2:99", "ret=-1\n";
    packets_are_refused_otherwise: "no-dgram=19,no-seqpacket=19", "vsock:2:99", "ret=-19";
    the_type_that_the_address_names: "no-stream=19", "vsock-stream:2:99", "ret=-19";
    privileged_ports_that_are_taken: "no-dgram=19,bind=98:3", "vsock:2:99", "#4:1020 connect*ret=1";
    all_privileged_ports_are_taken: "no-dgram=19,bind=98:5000", "vsock:2:99", "ret=-98";
    no_right_to_a_privileged_port: "no-dgram=19,bind=13:1", "vsock:2:99", "connect(2:99) send(7)*ret=1\n";
    another_error_of_bind: "no-dgram=19,bind=99:1", "vsock:2:99", "ret=-99";
    nobody_listens: "connect=104,no-dgram=19", "vsock:2:99", "ret=-104";
    the_first_send_fails: "no-dgram=19,send=32:1", "vsock:2:99", "ret=-32";
    a_stream_takes_a_little_at_a_time: "short=3", "vsock-stream:2:99", "send(7) send(4) send(1) shutdown*ret=1";
    packets_do_not: "short=3", "vsock-seqpacket:2:99", "ret=-5";
    datagrams_do_not: "short=3", "vsock-dgram:2:99", "ret=-5";
    shutdown_fails: "shutdown=107", "vsock-stream:2:99", "ret=-107";
    the_other_side_answers: "answer=3", "vsock-stream:2:99", "ret=-71";
}

#[test]
fn a_pattern_wants_its_parts_in_order() {
    assert!(matches("bind(1) send(7) wait", "bind(*send(7)"));
    assert!(!matches("send(7) bind(1)", "bind(*send(7)"));
}
