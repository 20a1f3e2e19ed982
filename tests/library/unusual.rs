//! What services do to `sd_notify()` that is not everyday: handlers, threads, forks, limits, full queues.

use sdnotify_tests::library::Library;
use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::tree::{self, Scratch};
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

fn program() -> PathBuf {
    static PROGRAM: OnceLock<(Scratch, PathBuf)> = OnceLock::new();
    let (_, program) = PROGRAM.get_or_init(|| {
        let scratch = Scratch::new("unusual");
        let program = tree::compile("cc", &scratch, &["unusual.c"], &["-pthread".to_owned()]);
        (scratch, program)
    });
    program.clone()
}

fn start(library: Library, what: &str, receiver: &Receiver) -> Child {
    let mut command = Command::new(program());
    command.arg(library.path()).arg(what).env("NOTIFY_SOCKET", receiver.address());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

/// Waits for success; what it printed.
fn end(child: Child) -> String {
    let output = child.wait_with_output().expect("the program ends");
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn from_a_signal_handler() {
    for library in Library::ALL {
        let receiver = Receiver::abstract_name();
        let child = start(library, "handler", &receiver);
        assert_eq!(receiver.next().text(), "STATUS=from a handler");
        end(child);
    }
}

#[test]
fn from_a_vfork_child_with_its_own_pid() {
    for library in Library::ALL {
        let receiver = Receiver::abstract_name();
        let child = start(library, "vfork", &receiver);
        let message = receiver.next();
        assert_eq!(message.text(), "STATUS=from a vfork child");
        assert_eq!(end(child).trim(), message.pid.to_string(), "{library:?}");
    }
}

#[test]
fn from_64_threads_at_once_nothing_is_lost_or_mixed() {
    for library in Library::ALL {
        let receiver = Receiver::abstract_name();
        let child = start(library, "threads", &receiver);
        let mut seen = HashMap::new();
        for _ in 0..64 * 50 {
            let text = receiver.next().text();
            let (thread, message) = text
                .strip_prefix("STATUS=thread ")
                .and_then(|rest| rest.split_once(" message "))
                .unwrap_or_else(|| panic!("{text:?}"));
            let next = seen.entry(thread.to_owned()).or_insert(0);
            assert_eq!(message, next.to_string(), "in order within a thread");
            *next += 1;
        }
        assert_eq!(seen.len(), 64);
        end(child);
        assert!(receiver.is_empty());
    }
}

#[test]
fn without_descriptors() {
    for library in Library::ALL {
        let receiver = Receiver::abstract_name();
        end(start(library, "emfile", &receiver));
        assert!(receiver.is_empty());
    }
}

#[test]
fn a_signal_ends_the_barrier() {
    for library in Library::ALL {
        // The message stays in the queue, and with it the end to write of the pipe.
        let receiver = Receiver::abstract_name();
        end(start(library, "interrupted-barrier", &receiver));
        assert_eq!(receiver.next().text(), "BARRIER=1");
    }
}

#[test]
fn a_signal_ends_the_wait_for_a_full_receiver() {
    for library in Library::ALL {
        let receiver = Receiver::abstract_name();
        end(start(library, "interrupted-send", &receiver));
        assert_eq!(receiver.next().text(), "WATCHDOG=1");
    }
}

#[test]
fn a_full_receiver_makes_the_sender_wait_and_loses_nothing() {
    for library in Library::ALL {
        let receiver = Receiver::abstract_name();
        let mut child = start(library, "threads", &receiver);
        // The queue holds ten messages or a few hundred, but not 3200: the program has to wait.
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(child.try_wait().expect("a status").is_none(), "it waits");
        for _ in 0..64 * 50 {
            receiver.next();
        }
        end(child);
        assert!(receiver.is_empty());
    }
}

#[test]
fn a_thread_can_be_cancelled_while_it_waits() {
    for library in Library::ALL {
        let receiver = Receiver::abstract_name();
        assert_eq!(end(start(library, "cancelled", &receiver)), "cleaned up\n", "{library:?}");
    }
}

/// sd_notify(), sd_notifyf() of 4096 bytes, sd_notifyf() of one more.
#[test]
fn the_heap_is_for_long_texts_only() {
    for library in [Library::Ours, Library::DropIn] {
        let receiver = Receiver::abstract_name();
        assert_eq!(end(start(library, "heap", &receiver)), "0 0 1\n");
    }
}

/// The system calls of a program's calls of the library, each with its arguments.
fn traced(library: Library, what: &str, receiver: &Receiver) -> Vec<String> {
    let scratch = Scratch::new("strace");
    let trace = scratch.path("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-o"]).arg(&trace).arg(program()).arg(library.path()).arg(what);
    tree::run(strace.env("NOTIFY_SOCKET", receiver.address()));
    let trace = std::fs::read_to_string(&trace).expect("a trace");
    let calls = trace.lines().filter_map(|line| line.split_once(' ')).map(|(_, call)| call.trim_start());
    let ours =
        calls.skip_while(|call| !call.starts_with("socket(")).take_while(|call| !call.starts_with("exit_group("));
    ours.map(str::to_owned).collect()
}

fn names(calls: &[String]) -> Vec<&str> {
    calls.iter().filter_map(|call| call.split_once('(')).map(|(name, _)| name).collect()
}

#[test]
fn three_system_calls_a_message() {
    let scratch = Scratch::new("three");
    for library in [Library::Ours, Library::DropIn] {
        let receiver = Receiver::at(&scratch.path(&format!("{library:?}")));
        let calls = traced(library, "ten", &receiver);
        assert_eq!(names(&calls), ["socket", "sendto", "close"].repeat(10));
        assert!(calls[0].contains("SOCK_DGRAM|SOCK_CLOEXEC") && calls[1].contains("MSG_NOSIGNAL"), "{calls:?}");
        for _ in 0..10 {
            assert_eq!(receiver.next().text(), "WATCHDOG=1");
        }
    }
}

/// The send buffer is only looked after when a message does not fit; first by privilege, beyond the system's limit.
#[test]
fn two_more_for_a_message_that_does_not_fit() {
    for library in [Library::Ours, Library::DropIn] {
        let receiver = Receiver::abstract_name();
        let calls = traced(library, "large", &receiver);
        assert!(calls[1].contains("EMSGSIZE") && calls[2].contains("SO_SNDBUFFORCE, [8388608]"), "{calls:?}");
        // Only root may exceed the limit of a socket's buffer; others get as much as there may be.
        let mut expected = vec!["socket", "sendto", "setsockopt", "sendto", "close"];
        if calls[2].contains("EPERM") {
            expected.insert(3, "setsockopt");
            assert!(calls[3].contains("SO_SNDBUF, [8388608]"), "{calls:?}");
        }
        assert_eq!(names(&calls), expected);
        assert_eq!(receiver.next().bytes.len(), 300_000);
    }
}
