//! What can be seen, and asked for, while a service stops.

use sdnotify_tests::manager::on_each;

#[test]
fn a_slow_stop_asks_for_more_time() {
    on_each(|manager| {
        let unit = |text: &str| {
            format!(
                "[Service]\nType=notify\nTimeoutStopSec=6\n\
                 ExecStart=@SPEAKER@ say READY=1 await TERM say \"{text}\" sleep 15s write @DIR@/%n\n"
            )
        };
        manager.units(&[
            ("patient.service", &unit("STOPPING=1\\nSTATUS=saving\\nEXTEND_TIMEOUT_USEC=60000000")),
            ("hasty.service", &unit("STOPPING=1\\nSTATUS=saving")),
        ]);
        manager.systemctl("start patient.service hasty.service");
        manager.systemctl("stop --no-block patient.service hasty.service");
        manager.wait("patient.service", "StatusText", "saving");
        assert_eq!(manager.show("patient.service", "ActiveState"), "deactivating");

        manager.wait_state("hasty.service", "failed (failed)");
        assert_eq!(manager.show("hasty.service", "Result"), "timeout");
        assert!(!manager.path("hasty.service").exists(), "it was killed before it had saved");
        manager.wait_state("patient.service", "inactive (dead)");
        assert_eq!(manager.show("patient.service", "Result"), "success");
        assert!(manager.path("patient.service").exists());
    });
}

#[test]
fn stopping_is_seen_before_the_end() {
    on_each(|manager| {
        manager.units(&[(
            "leaving.service",
            "[Service]\nType=notify\nRestart=no\n\
             ExecStart=@SPEAKER@ say READY=1 await USR1 say STOPPING=1 await TERM\n",
        )]);
        manager.systemctl("start leaving.service");
        manager.systemctl("kill -s USR1 leaving.service");
        // Nobody asked it to stop; that it says so is enough.
        manager.wait_state("leaving.service", "deactivating (stop-sigterm)");
        manager.systemctl("kill -s TERM leaving.service");
        manager.wait_state("leaving.service", "inactive (dead)");
        assert_eq!(manager.show("leaving.service", "Result"), "success");
    });
}

#[test]
fn the_stop_command_tells_how_far_it_is() {
    on_each(|manager| {
        manager.units(&[(
            "draining.service",
            r#"[Service]
Type=notify
NotifyAccess=all
ExecStart=@SPEAKER@ say "READY=1\nSTATUS=serving" sleep 600s
ExecStop=@SPEAKER@ say "STATUS=3 connections left" await USR1 say "STATUS=none left"
"#,
        )]);
        manager.systemctl("start draining.service");
        assert_eq!(manager.show("draining.service", "StatusText"), "serving");
        manager.systemctl("stop --no-block draining.service");
        manager.wait("draining.service", "StatusText", "3 connections left");
        assert_eq!(manager.state("draining.service"), "deactivating (stop)");
        let shown = manager.sh("$SD_CTL status --no-pager draining.service").text;
        assert!(shown.contains("Status: \"3 connections left\""), "{shown}");
        assert!(shown.contains("Active: deactivating (stop)"), "{shown}");

        let control = manager.show("draining.service", "ControlPID");
        manager.run(&format!("kill -s USR1 {control}"));
        manager.wait_state("draining.service", "inactive (dead)");
        assert_eq!(manager.show("draining.service", "Result"), "success");
    });
}
