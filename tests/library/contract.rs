//! The contract of the functions, on ours and on theirs.

use sdnotify_tests::left_out::left_out;
use sdnotify_tests::library::Library;
use sdnotify_tests::probe::{Probe, text};
use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::surroundings::has_pidfs;
use sdnotify_tests::tree::{Scratch, is_root};

#[test]
fn a_state_arrives_as_it_was_sent() {
    let scratch = Scratch::new("contract");
    for library in Library::ALL {
        let path = Receiver::at(&scratch.path(&format!("{library:?}")));
        for receiver in [path, Receiver::abstract_name()] {
            let mut probe = Probe::start(library);
            probe.set("NOTIFY_SOCKET", receiver.address());
            for state in ["READY=1", "", "\n", "no assignment", "STATUS=✓\nREADY=1\n", "\u{1}\u{7f}"] {
                for function in ["sd_notify 0", "sd_notifyf 0", "sd_pid_notify 0 0", "sd_pid_notifyf 0 0"] {
                    let call = format!("{function} {}", text(state.as_bytes()));
                    assert_eq!(probe.ret(&call), 1, "{library:?} {call}");
                    let message = receiver.next();
                    assert_eq!(message.bytes, state.as_bytes(), "{call}");
                    assert_eq!(message.pid, probe.id() as i32);
                    assert!(message.fds.is_empty());
                }
            }
            assert_eq!(probe.descriptors(), ["0", "1", "2"], "nothing stays open");
        }
    }
}

#[test]
fn the_longest_names_arrive() {
    for library in Library::ALL {
        let name = [b"sdnotify-longest-".as_slice(), &[b'n'; 89]].concat();
        let receiver = Receiver::named(&name);
        let mut probe = Probe::start(library);
        probe.set("NOTIFY_SOCKET", receiver.address());
        assert_eq!(probe.ret("sd_notify 0 x41"), 1);
        assert_eq!(receiver.next().text(), "A");
    }
}

#[test]
fn every_size_that_libsystemd_delivers() {
    for library in Library::ALL {
        let receiver = Receiver::abstract_name();
        let mut probe = Probe::start(library);
        probe.set("NOTIFY_SOCKET", receiver.address());
        // Around what fits the default send buffer (212992 less the kernel's 32), and the kernel's own limit.
        for size in [0, 1, 4095, 4096, 4097, 212_959, 212_960, 212_961, 1 << 20, 4_263_615, 4_263_616] {
            for function in ["sd_notify", "sd_notifyf"] {
                let call = format!("{function} 0 {size}*61");
                probe.tell(&call);
                let message = receiver.next();
                assert_eq!(probe.answer(), "ret=1", "{library:?} {call}");
                assert!(message.bytes.len() == size && message.bytes.iter().all(|byte| *byte == 0x61), "{call}");
            }
        }
        assert_eq!(probe.ret("sd_notify 0 4263617*61"), -libc::ENOBUFS, "{library:?}");
        assert_eq!(probe.ret("sd_notify 0 16777216*61"), -libc::EMSGSIZE, "{library:?}");
    }
}

#[test]
fn descriptors_and_credentials() {
    for library in Library::ALL {
        let receiver = Receiver::abstract_name();
        let mut probe = Probe::start(library);
        probe.set("NOTIFY_SOCKET", receiver.address());
        assert_eq!(probe.ret("sd_pid_notify_with_fds 0 0 x41 0,1,2 3"), 1);
        assert_eq!(receiver.next().fds.len(), 3);
        let most = vec!["0"; 253].join(",");
        assert_eq!(probe.ret(&format!("sd_pid_notify_with_fds 0 0 x41 {most} 253")), 1);
        assert_eq!(receiver.next().fds.len(), 253);
        // Root may speak for any process that exists, others for themselves; the message goes out all the same.
        let other = std::process::id();
        let on_behalf = if is_root() { other } else { probe.id() };
        assert_eq!(probe.ret(&format!("sd_pid_notify_with_fds {other} 0 x41 0,1 2")), 1);
        let message = receiver.next();
        assert_eq!((message.pid as u32, message.fds.len()), (on_behalf, 2), "{library:?}");
        assert_eq!(probe.ret("sd_pid_notify 2147483647 0 x41"), 1);
        assert_eq!(receiver.next().pid, probe.id() as i32);
        assert_eq!(probe.ret("sd_pid_notify_with_fds 0 0 x41 99 1"), -libc::EBADF);
        assert!(receiver.is_empty());
        assert_eq!(probe.descriptors(), ["0", "1", "2"]);
    }
}

#[test]
fn a_barrier_waits_for_the_reader() {
    for library in Library::ALL {
        let receiver = Receiver::abstract_name();
        let mut probe = Probe::start(library);
        assert_eq!(probe.ret("sd_notify_barrier 0 0"), 0);
        probe.set("NOTIFY_SOCKET", receiver.address());
        assert_eq!(probe.ret("sd_notify_barrier 0 0"), -libc::ETIMEDOUT);
        assert_eq!(probe.ret("sd_notify_barrier 0 20000"), -libc::ETIMEDOUT);
        drop((receiver.next(), receiver.next()));
        for timeout in [10_000_000, u64::MAX] {
            probe.tell(&format!("sd_notify_barrier 0 {timeout}"));
            let message = receiver.next();
            assert_eq!((message.text().as_str(), message.fds.len()), ("BARRIER=1", 1));
            drop(message);
            assert_eq!(probe.answer(), "ret=1", "{library:?}");
        }
        assert_eq!(probe.descriptors(), ["0", "1", "2"]);
    }
}

/// Each with the result of libsystemd 262; ours must give it, and the variable is gone all the same.
#[test]
fn malformed_addresses() {
    let long_path = format!("/{}", "p".repeat(107));
    let long_name = format!("@{}", "n".repeat(107));
    let cases = [
        ("", libc::EPROTO),
        ("/", libc::EINVAL),
        ("@", libc::EINVAL),
        ("relative", libc::EPROTO),
        ("unix:/run/x", libc::EPROTO),
        (" /run/x", libc::EPROTO),
        (&long_path, libc::ENAMETOOLONG),
        (&long_name, libc::EINVAL),
        ("/nonexistent/socket", libc::ENOENT),
        ("/dev/null", libc::ECONNREFUSED),
        ("/dev/null/x", libc::ENOTDIR),
        ("@sdnotify-nobody-listens", libc::ECONNREFUSED),
        ("vsock", libc::EPROTO),
        ("vsocks:2:1", libc::EPROTO),
        ("vsock-raw:2:1", libc::EPROTO),
        ("vsock:", libc::EINVAL),
        ("vsock:2", libc::EINVAL),
        ("vsock:2:", libc::EINVAL),
        ("vsock::", libc::EINVAL),
        ("vsock::5", libc::EINVAL),
        ("vsock:any:5", libc::EINVAL),
        ("vsock:-1:5", libc::EINVAL),
        ("vsock:4294967295:5", libc::EINVAL),
        ("vsock:4294967296:5", libc::ERANGE),
        ("vsock:2:4294967295", libc::EINVAL),
        ("vsock:2:4294967296", libc::ERANGE),
        ("vsock:2:-1", libc::ERANGE),
        ("vsock:guest:5", libc::EINVAL),
        ("vsock:2:5 ", libc::EINVAL),
        ("vsock:2:5:6", libc::EINVAL),
        ("vsock-stream:2:x", libc::EINVAL),
    ];
    for library in [Library::Ours, Library::DropIn] {
        let mut probe = Probe::start(library);
        for (address, error) in cases {
            for call in
                ["sd_notify 1 x41", "sd_notifyf 1 x41", "sd_pid_notify_with_fds 0 1 x41 0 1", "sd_notify_barrier 1 0"]
            {
                probe.set("NOTIFY_SOCKET", address);
                assert_eq!(probe.ret(call), -error, "{address:?} {call}");
                assert_eq!(probe.environment(), "", "{address:?}: the variable stays");
            }
        }
        assert_eq!(probe.descriptors(), ["0", "1", "2"]);
    }
}

#[test]
fn malformed_arguments() {
    for library in [Library::Ours, Library::DropIn] {
        let mut probe = Probe::start(library);
        let cases = [
            ("sd_notify 1 -", libc::EINVAL),
            ("sd_notifyf 1 -", libc::EINVAL),
            ("sd_pid_notify 0 1 -", libc::EINVAL),
            ("sd_pid_notifyf 0 1 -", libc::EINVAL),
            ("sd_pid_notify_with_fds 0 1 - - 0", libc::EINVAL),
            ("sd_pid_notify_with_fds 0 1 x41 - 1", libc::EINVAL),
            ("sd_pid_notify_with_fds 0 1 x41 - 254", libc::EINVAL),
            ("sd_pid_notify_with_fds 0 1 x41 0 254", libc::E2BIG),
            ("sd_pid_notify_with_fds 0 1 x41 0 4294967295", libc::E2BIG),
            ("sd_pid_notifyf_with_fds 0 1 x41 0 18446744073709551615", libc::E2BIG),
            ("sd_pid_notifyf_with_fds 0 1 x41 - 1", libc::EINVAL),
        ];
        for (call, error) in cases {
            probe.set("NOTIFY_SOCKET", "@sdnotify-nobody-listens");
            assert_eq!(probe.ret(call), -error, "{call}");
            assert_eq!(probe.environment(), "", "{call}");
        }
        // Without a socket nothing else is wrong with them.
        assert_eq!(probe.ret("sd_pid_notify_with_fds 0 1 x41 99 1"), 0);
    }
}

#[test]
fn watchdog() {
    let valid = [
        ("1", 1),
        ("3000000", 3_000_000),
        (" \t\r\n7", 7),
        ("+8", 8),
        ("0x10", 16),
        ("010", 8),
        ("0b101", 5),
        ("0o17", 15),
        ("18446744073709551614", u64::MAX - 1),
    ];
    let malformed = [
        ("", libc::EINVAL),
        (" ", libc::EINVAL),
        ("0", libc::EINVAL),
        ("-0", libc::EINVAL),
        ("18446744073709551615", libc::EINVAL),
        ("18446744073709551616", libc::ERANGE),
        ("99999999999999999999999x", libc::ERANGE),
        ("-1", libc::ERANGE),
        ("-", libc::EINVAL),
        ("+", libc::EINVAL),
        ("--1", libc::EINVAL),
        ("x", libc::EINVAL),
        ("1 ", libc::EINVAL),
        ("1s", libc::EINVAL),
        ("1.5", libc::EINVAL),
        ("0x", libc::EINVAL),
        ("0xg", libc::EINVAL),
        ("09", libc::EINVAL),
        ("0b", libc::EINVAL),
        ("0b2", libc::EINVAL),
        ("0o8", libc::EINVAL),
    ];
    for library in Library::ALL {
        let mut probe = Probe::start(library);
        assert_eq!(probe.ask("sd_watchdog_enabled 0 1"), "ret=0 value=untouched");
        for (usec, value) in valid {
            probe.set("WATCHDOG_USEC", usec);
            assert_eq!(probe.ask("sd_watchdog_enabled 0 1"), format!("ret=1 value={value}"), "{library:?} {usec:?}");
            assert_eq!(probe.ask("sd_watchdog_enabled 1 0"), "ret=1 value=untouched");
            assert_eq!(probe.environment(), "");
        }
        // systemd's own prefixes stand before all else, and once.
        for (usec, answer) in
            [("0b+101", Ok(5)), ("0o 17", Ok(15)), ("+0b101", Err(libc::EINVAL)), ("0b0b101", Err(libc::EINVAL))]
        {
            probe.set("WATCHDOG_USEC", usec);
            let expected = match answer {
                Ok(value) => format!("ret=1 value={value}"),
                Err(error) => format!("ret={} value=untouched", -error),
            };
            assert_eq!(probe.ask("sd_watchdog_enabled 1 1"), expected, "{library:?} {usec:?}");
        }
        for (usec, error) in malformed {
            probe.set("WATCHDOG_USEC", usec);
            assert_eq!(
                probe.ask("sd_watchdog_enabled 1 1"),
                format!("ret={} value=untouched", -error),
                "{library:?} {usec:?}"
            );
            assert_eq!(probe.environment(), "");
        }
        for (pid, ret) in
            [("1", 0), ("0", -libc::ERANGE), ("-1", -libc::ERANGE), ("x", -libc::EINVAL), ("", -libc::EINVAL)]
        {
            probe.set("WATCHDOG_USEC", "5");
            probe.set("WATCHDOG_PID", pid);
            assert_eq!(
                probe.ask("sd_watchdog_enabled 1 1"),
                format!("ret={ret} value=untouched"),
                "{library:?} {pid:?}"
            );
            assert_eq!(probe.environment(), "");
        }
        probe.set("WATCHDOG_USEC", "5");
        probe.ask("set WATCHDOG_PID @pid");
        assert_eq!(probe.ask("sd_watchdog_enabled 0 1"), "ret=1 value=5");
    }
}

#[test]
fn sockets_handed_over() {
    for library in Library::ALL {
        let mut probe = Probe::start(library);
        assert_eq!(probe.ret("sd_listen_fds 0"), 0);
        probe.ask("open 3 null");
        probe.ask("open 4 pipe");
        let hand_over = |probe: &mut Probe, count: &str, names: Option<&str>| {
            probe.ask("set LISTEN_PID @pid");
            probe.set("LISTEN_FDS", count);
            match names {
                Some(names) => probe.set("LISTEN_FDNAMES", names),
                None => assert_eq!(probe.ask("unset LISTEN_FDNAMES"), "ok"),
            }
        };
        hand_over(&mut probe, "2", None);
        assert_eq!(probe.descriptors(), ["0", "1", "2", "3", "4"]);
        assert_eq!(probe.ret("sd_listen_fds 1"), 2);
        assert_eq!(probe.descriptors(), ["0", "1", "2", "3c", "4c"], "close-on-exec");
        assert_eq!(probe.environment(), "");

        for (names, answer) in [
            (None, Some("unknown,unknown".to_owned())),
            (Some("a:b"), Some("a,b".to_owned())),
            (Some(":"), Some(",".to_owned())),
            (Some(r"a\:\\x:b"), Some(r"a:\x,b".to_owned())),
            (Some("a"), None),
            (Some(""), None),
            (Some("a:b:c"), None),
            (Some(r"a:b\"), None),
        ] {
            hand_over(&mut probe, "2", names);
            let expected = match answer {
                Some(list) => {
                    let list: String = list.split(',').map(|name| text(name.as_bytes()) + ",").collect();
                    format!("ret=2 names={list}")
                }
                None => format!("ret={} names=untouched", -libc::EINVAL),
            };
            assert_eq!(probe.ask("sd_listen_fds_with_names 1 1"), expected, "{library:?} {names:?}");
            assert_eq!(probe.environment(), "");
        }

        for (count, error) in [
            ("0", libc::EINVAL),
            ("-1", libc::EINVAL),
            ("2147483645", libc::EINVAL),
            ("2147483648", libc::ERANGE),
            ("x", libc::EINVAL),
            ("3", libc::EBADF),
        ] {
            hand_over(&mut probe, count, None);
            assert_eq!(probe.ret("sd_listen_fds 1"), -error, "{library:?} {count}");
            assert_eq!(probe.environment(), "");
        }
        probe.set("LISTEN_PID", "1");
        probe.set("LISTEN_FDS", "x");
        assert_eq!(probe.ret("sd_listen_fds 1"), 0, "another process's");
        assert_eq!(probe.environment(), "");
    }
}

/// Linux 6.9 gives pidfds an inode number of their own; libsystemd 252 does not know the variable.
#[test]
fn a_pidfd_tells_whose_sockets_they_are() {
    if !has_pidfs() {
        return left_out("a_pidfd_tells_whose_sockets_they_are", "needs pidfs");
    }
    for library in [Library::Ours, Library::DropIn] {
        let mut probe = Probe::start(library);
        probe.ask("open 3 null");
        for (id, ret) in [("@pidfdid", 1), ("x31", 0), ("x78", -libc::EINVAL)] {
            probe.ask("set LISTEN_PID @pid");
            probe.set("LISTEN_FDS", "1");
            probe.ask(&format!("set LISTEN_PIDFDID {id}"));
            assert_eq!(probe.ret("sd_listen_fds 1"), ret, "{id}");
            assert_eq!(probe.environment(), "");
        }
        probe.ask("open 4 pidfd");
        let answer = probe.ask("sd_pidfd_get_inode_id 4 1");
        assert!(answer.starts_with("ret=0 value=") && !answer.ends_with("untouched"), "{answer}");
        assert_eq!(probe.ask("sd_pidfd_get_inode_id 4 0"), "ret=0 value=untouched");
        for fd in ["-1", "3", "99"] {
            let call = format!("sd_pidfd_get_inode_id {fd} 1");
            assert_eq!(probe.ask(&call), format!("ret={} value=untouched", -libc::EBADF), "{call}");
        }
    }
}

/// The probe shows and removes the variables that the engine knows: none is missing in its list.
#[test]
fn the_probe_knows_all_variables() {
    let mut probe = Probe::start(Library::Ours);
    let names: Vec<_> = libsdnotify_engine::env::names().collect();
    for name in &names {
        probe.set(name, "1");
    }
    let shown = probe.environment();
    assert_eq!(names.iter().filter(|name| !shown.contains(&format!("{name}:"))).count(), 0, "{shown}");
    probe.ask("reset");
    assert_eq!(probe.environment(), "");
}
