//! Whose messages are taken, and who is the main process.

use sdnotify_tests::manager::on_each;

#[test]
fn a_child_is_heard_only_where_the_unit_allows_it() {
    on_each(|manager| {
        let unit = |access: &str| {
            format!(
                "[Service]\nType=notify\nNotifyAccess={access}\n\
                 ExecStart=@SPEAKER@ say \"READY=1\\nSTATUS=main\" child STATUS=child write @DIR@/%n sleep 600s\n"
            )
        };
        manager.units(&[("main.service", &unit("main")), ("all.service", &unit("all"))]);
        manager.systemctl("start main.service all.service");
        for unit in ["main.service", "all.service"] {
            manager.wait_file(unit, "done");
        }
        assert_eq!(manager.show("all.service", "StatusText"), "child");
        assert_eq!(manager.show("main.service", "StatusText"), "main");
        // Later ones say so only when they debug.
        if manager.version < 253 {
            let log = manager.log();
            assert!(log.contains("main.service: Got notification message from PID"), "{log}");
            assert!(!log.contains("all.service: Got notification message from PID"), "{log}");
        }
    });
}

#[test]
fn a_child_may_speak_for_the_main_process() {
    on_each(|manager| {
        manager.units(&[(
            "spoken-for.service",
            "[Service]\nType=notify\nNotifyAccess=main\n\
             ExecStart=@SPEAKER@ for-parent \"READY=1\\nSTATUS=said by a child\" sleep 600s\n",
        )]);
        manager.systemctl("start spoken-for.service");
        assert_eq!(manager.state("spoken-for.service"), "active (running)");
        assert_eq!(manager.show("spoken-for.service", "StatusText"), "said by a child");
    });
}

#[test]
fn the_main_process_can_hand_over() {
    on_each(|manager| {
        manager.units(&[(
            "handing-over.service",
            "[Service]\nType=notify\nNotifyAccess=main\nWatchdogSec=10\n\
             ExecStart=@SPEAKER@ say STATUS=first await USR1 hand-over 1 say READY=1 await USR1 say STATUS=heir sleep 600s\n",
        )]);
        manager.systemctl("start --no-block handing-over.service");
        // Before that it would be killed by the signal.
        manager.wait("handing-over.service", "StatusText", "first");
        assert_eq!(manager.state("handing-over.service"), "activating (start)");
        let first = manager.show("handing-over.service", "MainPID");
        manager.run(&format!("kill -s USR1 {first}"));
        manager.wait_state("handing-over.service", "active (running)");
        let second = manager.show("handing-over.service", "MainPID");
        assert_ne!(second, first);
        // The first one goes, which ends nothing; the second is heard now.
        manager.poll("the first process to go", || manager.sh(&format!("kill -0 {first}")).status != 0);
        manager.run(&format!("kill -s USR1 {second}"));
        manager.wait("handing-over.service", "StatusText", "heir");
        assert_eq!(manager.state("handing-over.service"), "active (running)");
    });
}
