//! A channel of sdnotify.h, on real service managers.

use sdnotify_tests::manager::{Manager, on_each, since};
use std::fs;

/// A service that can no longer reach the manager's socket by its path.
fn start_confined(manager: &Manager, script: &str) {
    fs::create_dir_all(manager.path("root")).expect("a directory");
    let unit = "[Service]\nType=notify\nNotifyAccess=main\nFileDescriptorStoreMax=4\nStandardInput=null\n\
                ExecStart=@SPEAKER@ connect 1 chroot @DIR@/root user 65534 channel READY=1 ";
    manager.units(&[("confined.service", &format!("{unit}{script}\n"))]);
    manager.systemctl("start confined.service");
    assert_eq!(manager.state("confined.service"), "active (running)");
}

#[test]
fn a_confined_service_is_heard() {
    on_each(|manager| {
        start_confined(
            manager,
            "channel-status \"of a stranger\\nMAINPID=1\\x1b[2J\" channel-store given channel-barrier 1 \
             await USR1 channel-long-status 5000 await HUP channel-status last channel-barrier 1",
        );
        let pid = manager.show("confined.service", "MainPID");
        manager.wait("confined.service", "StatusText", "of a stranger MAINPID=1 [2J");
        manager.wait("confined.service", "NFileDescriptorStore", "1");
        assert_eq!(manager.show("confined.service", "MainPID"), pid);
        manager.systemctl("kill -s USR1 confined.service");
        // The longest message that the manager reads, and not a byte less.
        manager.wait("confined.service", "StatusText", &format!("{:0>1$}", "", 4096 - "STATUS=".len()));
        manager.systemctl("kill -s HUP confined.service");
        manager.wait_state("confined.service", "inactive (dead)");
        assert_eq!(manager.show("confined.service", "Result"), "success");
    });
}

#[test]
fn a_channel_survives_a_manager_that_executes_itself_again() {
    on_each(|manager| {
        start_confined(manager, "await USR1 channel-status \"still there\" channel-barrier 1 sleep 600s");
        let before = manager.log().matches("Reexecuting").count();
        manager.systemctl("daemon-reexec");
        manager.poll("the manager to execute itself again", || {
            manager.log().matches("Reexecuting").count() > before
                && manager.sh("$SD_CTL is-active basic.target").status == 0
        });
        assert_eq!(manager.state("confined.service"), "active (running)");
        manager.systemctl("kill -s USR1 confined.service");
        manager.wait("confined.service", "StatusText", "still there");
    });
}

#[test]
fn a_reload_announced_through_a_channel_has_its_time() {
    since(253, |manager| {
        let script = "connect 0 channel READY=1 await HUP channel-reloading 1 await USR1 channel READY=1 sleep 600s";
        manager.units(&[(
            "reloading.service",
            &format!("[Service]\nType=notify-reload\nTimeoutStartSec=20\nExecStart=@SPEAKER@ {script}\n"),
        )]);
        manager.systemctl("start reloading.service");
        manager.systemctl("reload --no-block reloading.service");
        manager.wait_state("reloading.service", "reloading (reload-notify)");
        manager.systemctl("kill -s USR1 reloading.service");
        manager.wait_state("reloading.service", "active (running)");
        manager.wait_log("Reloaded reloading.service");
    });
}
