//! The heartbeat: what it prevents, and what happens without.

use sdnotify_tests::manager::{Manager, on_each};
use std::thread::sleep;
use std::time::Duration;

/// What the manager logs about a service that was stuck, in this order.
fn assert_killed(manager: &Manager, unit: &str, limit: &str) {
    let log = manager.log();
    let mut rest = log.as_str();
    for said in [
        &format!("{unit}: Watchdog timeout (limit {limit})!"),
        "with signal SIGABRT",
        &format!("{unit}: Main process exited, code=killed, status=6/ABRT"),
        &format!("{unit}: Failed with result 'watchdog'."),
    ] {
        let at = rest.find(said).unwrap_or_else(|| panic!("{said}\n{log}"));
        rest = &rest[at..];
    }
}

#[test]
fn a_stuck_main_loop_is_killed_and_started_again() {
    on_each(|manager| {
        manager.units(&[(
            "beating.service",
            r#"[Service]
Type=notify
NotifyAccess=main
WatchdogSec=3
Restart=always
RestartSec=1
ExecStart=@SPEAKER@ say READY=1 beat 18s sleep 600s
"#,
        )]);
        manager.systemctl("start beating.service");
        let first = manager.show("beating.service", "MainPID");
        // Five periods without a beat would have been four too many.
        sleep(Duration::from_secs(15));
        assert_eq!(manager.state("beating.service"), "active (running)");
        assert_eq!(manager.show("beating.service", "MainPID"), first);
        assert_eq!(manager.show("beating.service", "NRestarts"), "0");

        manager.wait("beating.service", "Result", "watchdog");
        manager.wait("beating.service", "NRestarts", "1");
        manager.wait_state("beating.service", "active (running)");
        assert_ne!(manager.show("beating.service", "MainPID"), first);
        assert_killed(manager, "beating.service", "3s");
        assert!(manager.log().contains("beating.service: Scheduled restart job, restart counter is at 1."));
    });
}

#[test]
fn a_service_can_give_itself_up() {
    on_each(|manager| {
        manager.units(&[(
            "broken.service",
            "[Service]\nType=notify\nWatchdogSec=10min\n\
             ExecStart=@SPEAKER@ say READY=1 await USR1 say STATUS=broken say WATCHDOG=trigger sleep 600s\n",
        )]);
        manager.systemctl("start broken.service");
        manager.systemctl("kill -s USR1 broken.service");
        manager.wait_state("broken.service", "failed (failed)");
        assert_eq!(manager.show("broken.service", "Result"), "watchdog");
        let log = manager.log();
        assert!(log.contains("broken.service: Watchdog request (last status: broken)!"), "{log}");
    });
}

#[test]
fn the_period_can_be_changed_at_run_time() {
    on_each(|manager| {
        manager.units(&[(
            "changing.service",
            "[Service]\nType=notify\nWatchdogSec=10min\n\
             ExecStart=@SPEAKER@ say READY=1 await USR1 say WATCHDOG_USEC=2000000 sleep 600s\n",
        )]);
        manager.systemctl("start changing.service");
        assert_eq!(manager.show("changing.service", "WatchdogUSec"), "10min");
        manager.systemctl("kill -s USR1 changing.service");
        manager.wait("changing.service", "WatchdogUSec", "2s");
        manager.wait_state("changing.service", "failed (failed)");
        assert_killed(manager, "changing.service", "2s");
    });
}
