//! Reloading with a handshake; systemd 252 does not have it.

use sdnotify_tests::manager::since;

const UNIT: &str = "[Service]\nType=notify-reload\nTimeoutStartSec=15\nExecStart=@SPEAKER@ say READY=1 await HUP ";

#[test]
fn a_reload_ends_when_the_service_says_so() {
    since(253, |manager| {
        let script = "reloading 1 say STATUS=reading await USR1 say \"READY=1\\nSTATUS=new\" sleep 600s\n";
        manager.units(&[("reloading.service", &format!("{UNIT}{script}"))]);
        manager.systemctl("start reloading.service");
        manager.systemctl("reload --no-block reloading.service");
        manager.wait_state("reloading.service", "reloading (reload-notify)");
        manager.wait("reloading.service", "StatusText", "reading");
        manager.systemctl("kill -s USR1 reloading.service");
        manager.wait("reloading.service", "StatusText", "new");
        assert_eq!(manager.state("reloading.service"), "active (running)");
        assert!(manager.log().contains("Reloaded reloading.service"), "{}", manager.log());
    });
}

#[test]
fn a_reload_without_the_time_is_not_taken_for_an_answer() {
    since(253, |manager| {
        let script = "say RELOADING=1 say \"READY=1\\nSTATUS=new\" sleep 600s\n";
        manager.units(&[("timeless.service", &format!("{UNIT}{script}"))]);
        manager.systemctl("start timeless.service");
        manager.systemctl("reload --no-block timeless.service");
        manager.wait("timeless.service", "StatusText", "new");
        assert_eq!(manager.state("timeless.service"), "reloading (reload-signal)");
        manager.wait_log("timeless.service: Reload operation timed out.");
    });
}
