//! The heartbeat's interval, and the time of a reload.

use super::{connected, set, start};

fn monotonic_usec() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: room for one timespec.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) }, 0);
    time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1000
}

#[test]
fn a_reload_is_announced_with_the_time_it_began() {
    let (receiver, mut program, channel) = connected();
    let mut before = monotonic_usec();
    for _ in 0..3 {
        assert_eq!(program.ret(&format!("sdn_reloading {channel}")), 1);
        let after = monotonic_usec();
        let message = receiver.next().text();
        let usec = message.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap_or_else(|| panic!("{message}"));
        // A leading zero would make the number octal.
        assert!(!usec.starts_with('0'));
        let usec = usec.parse().expect("a number");
        assert!((before..=after).contains(&usec), "{before} {usec} {after}");
        before = usec;
    }
}

#[test]
fn the_interval_is_halved_and_always_written() {
    let mut program = start();
    let refused = |error: i32| format!("ret=-{error} usec=0");
    let cases = [
        ("1", "ret=1 usec=1".to_owned()),
        ("2", "ret=1 usec=1".to_owned()),
        ("3000001", "ret=1 usec=1500000".to_owned()),
        ("18446744073709551614", "ret=1 usec=9223372036854775807".to_owned()),
        ("0", refused(libc::EINVAL)),
        ("18446744073709551615", refused(libc::EINVAL)),
        ("18446744073709551616", refused(libc::ERANGE)),
        ("10s", refused(libc::EINVAL)),
        ("", refused(libc::EINVAL)),
    ];
    assert_eq!(program.ask("sdn_heartbeat_interval 0 1"), "ret=0 usec=0");
    for (usec, expected) in cases {
        for unset in [0, 1] {
            set(&mut program, "WATCHDOG_USEC", usec);
            assert_eq!(program.ask(&format!("sdn_heartbeat_interval {unset} 1")), expected, "{usec:?}");
            assert_eq!(program.environment(), if unset == 0 { "WATCHDOG_USEC," } else { "" });
        }
    }
    set(&mut program, "WATCHDOG_USEC", "1000000");
    let own = program.id().to_string();
    set(&mut program, "WATCHDOG_PID", own);
    assert_eq!(program.ask("sdn_heartbeat_interval 0 1"), "ret=1 usec=500000");
    set(&mut program, "WATCHDOG_PID", "1");
    assert_eq!(program.ask("sdn_heartbeat_interval 0 1"), "ret=0 usec=0");
    set(&mut program, "WATCHDOG_PID", "x");
    assert_eq!(program.ask("sdn_heartbeat_interval 0 1"), refused(libc::EINVAL));
    assert_eq!(program.ask("sdn_heartbeat_interval 1 0"), format!("ret=-{} usec=4242", libc::EINVAL));
    assert_eq!(program.environment(), "");
}
