//! Scenarios on real service managers: what the messages of our library do there.

use sdnotify_tests::manager::on_each;
use std::time::Duration;

#[test]
fn a_start_waits_for_ready() {
    on_each(|manager| {
        manager.units(&[
            ("silent.service", "[Service]\nType=notify\nTimeoutStartSec=2\nExecStart=@SERVICE@ sleep 600\n"),
            (
                "ready.service",
                "[Service]\nType=notify\nExecStart=@SERVICE@ notify \"READY=1\\nSTATUS=5 × fünf\" sleep 600\n",
            ),
        ]);
        manager.systemctl("start --no-block silent.service");
        manager.systemctl("start ready.service");
        assert_eq!(manager.state("ready.service"), "active (running)");
        assert_eq!(manager.show("ready.service", "StatusText"), "5 × fünf");

        assert_eq!(manager.state("silent.service"), "activating (start)");
        manager.wait_log("silent.service: start operation timed out. Terminating.");
        manager.wait_state("silent.service", "failed (failed)");
        assert_eq!(manager.show("silent.service", "Result"), "timeout");
    });
}

#[test]
fn a_stuck_main_loop_is_killed_and_started_again() {
    on_each(|manager| {
        manager.units(&[(
            "beating.service",
            "[Service]\nType=notify\nNotifyAccess=main\nWatchdogSec=2\nRestart=always\n\
             ExecStart=@SERVICE@ notify READY=1 beat 6 sleep 600\n",
        )]);
        manager.systemctl("start beating.service");
        let first = manager.show("beating.service", "MainPID");
        // Two periods and a half, if nobody had beaten.
        std::thread::sleep(Duration::from_secs(5));
        assert_eq!(manager.state("beating.service"), "active (running)");
        assert_eq!(manager.show("beating.service", "MainPID"), first);

        manager.wait("beating.service", "NRestarts", "1");
        manager.wait_state("beating.service", "active (running)");
        assert_ne!(manager.show("beating.service", "MainPID"), first);
        let log = manager.log();
        for said in [
            "beating.service: Watchdog timeout (limit 2s)!",
            "with signal SIGABRT",
            "beating.service: Main process exited, code=killed, status=6/ABRT",
            "beating.service: Failed with result 'watchdog'.",
            "Scheduled restart job, restart counter is at 1.",
        ] {
            assert!(log.contains(said), "{said}\n{log}");
        }
    });
}
