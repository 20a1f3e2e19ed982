//! The last words of a process that ends: with the barrier they are heard, without it they may be too late.

use sdnotify_tests::manager::on_each;
use std::thread::sleep;
use std::time::Duration;

/// A helper that speaks while the manager is too busy to listen: `verb` sends, and the file says that it is over.
fn unit(verb: &str) -> String {
    format!(
        "[Service]\nType=notify\nNotifyAccess=all\n\
         ExecStart=@SPEAKER@ say \"READY=1\\nSTATUS=before\" await USR1 {verb} STATUS=after write @DIR@/%n sleep 600s\n"
    )
}

#[test]
fn the_barrier_keeps_a_helper_until_it_was_heard() {
    on_each(|manager| {
        manager.units(&[("quick.service", &unit("hasty-child")), ("waiting.service", &unit("child"))]);
        manager.systemctl("start quick.service waiting.service");
        let pids = [manager.show("quick.service", "MainPID"), manager.show("waiting.service", "MainPID")];
        manager.paused(|| {
            manager.run(&format!("kill -s USR1 {} {}", pids[0], pids[1]));
            manager.wait_file("quick.service", "done");
            sleep(Duration::from_secs(1));
            assert!(!manager.path("waiting.service").exists(), "it waits for the manager");
        });
        manager.wait_file("waiting.service", "done");
        assert_eq!(manager.show("waiting.service", "StatusText"), "after");
        // The helper had gone when the manager asked whose message it was.
        assert_eq!(manager.show("quick.service", "StatusText"), "before");
    });
}
