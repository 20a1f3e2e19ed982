//! Readiness and the status line.

use sdnotify_tests::manager::on_each;

#[test]
fn a_start_waits_for_ready() {
    on_each(|manager| {
        manager.units(&[
            ("silent.service", "[Service]\nType=notify\nTimeoutStartSec=15\nExecStart=@SPEAKER@ sleep 600s\n"),
            (
                "ready.service",
                r#"[Service]
Type=notify
ExecStart=@SPEAKER@ say "READY=1\nSTATUS=5 × fünf" sleep 600s
"#,
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
fn a_slow_start_asks_for_more_time() {
    on_each(|manager| {
        let unit = |text: &str| {
            format!(
                "[Service]\nType=notify\nTimeoutStartSec=6\n\
                 ExecStart=@SPEAKER@ {text} sleep 12s say READY=1 sleep 600s\n"
            )
        };
        manager.units(&[
            ("patient.service", &unit("say EXTEND_TIMEOUT_USEC=60000000")),
            ("hasty.service", &unit("say STATUS=loading")),
        ]);
        manager.systemctl("start --no-block patient.service hasty.service");
        manager.wait("hasty.service", "Result", "timeout");
        manager.wait_state("patient.service", "active (running)");
        assert_eq!(manager.show("patient.service", "Result"), "success");
        assert!(!manager.log().contains("patient.service: start operation timed out"));
    });
}
