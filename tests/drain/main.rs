//! A web node is taken out of its load balancer before it stops: examples/drain/ with real parts under a real manager.

mod load;
mod site;

use load::{Answer, Load};
use sdnotify_tests::manager::Manager;
use sdnotify_tests::release::Release;
use site::{A, BALANCER};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Of four clients, who find two of their requests on a node at any time.
const WORK: &str = "/work.php?ms=300";

fn failures(answers: &[Answer]) -> Vec<&String> {
    answers.iter().filter_map(|answer| answer.text.as_ref().err()).collect()
}

/// On the machine's own systemd.
fn with_manager(scenario: impl FnOnce(&Manager)) {
    let release = Release::at_hand().iter().find(|release| release.root.is_none()).expect("a manager of this machine");
    scenario(&Manager::start(release).expect("a manager"));
}

#[test]
fn with_the_helper_no_request_is_lost() {
    with_manager(|manager| {
        site::start(manager, Some(("--limit 30", "--limit 40")));
        let unit = A.unit();
        let load = Load::start(manager, 4, BALANCER, WORK);
        load.wait_for("a");
        load.wait_for("b");
        assert!(manager.show(&unit, "StatusText").starts_with("Processes active: "));

        // In flight for longer than the balancer needs to notice.
        let long = Load::start(manager, 1, &A.direct(), "/work.php?ms=9000");
        sleep(Duration::from_millis(500));
        let stop = Instant::now();
        manager.systemctl(&format!("stop --no-block {unit}"));
        manager.poll("the status while it waits", || {
            let status = manager.show(&unit, "StatusText");
            assert_eq!(manager.state(&unit), "deactivating (stop)");
            status.starts_with("Draining for 3 s, at most 40 s: active processes: ")
        });
        assert!(!A.has_page(manager));
        let shown = manager.sh(&format!("$SD_CTL status --no-pager {unit}")).text;
        assert!(shown.contains("Active: deactivating (stop)"), "{shown}");
        let long = long.finish();
        assert!(failures(&long).is_empty(), "{:?}", failures(&long));
        manager.wait_state(&unit, "inactive (dead)");
        assert!(stop.elapsed() > Duration::from_secs(8), "{:?}", stop.elapsed());
        assert_eq!(manager.show(&unit, "Result"), "success");
        assert!(A.has_page(manager));
        eprintln!("{}", A.log(manager));

        let gone = Instant::now();
        sleep(Duration::from_secs(2));
        manager.systemctl(&format!("start {unit}"));
        let begin = Instant::now();
        load.wait_for("a");
        let answers = load.finish();
        assert!(failures(&answers).is_empty(), "{:?}", failures(&answers));
        let on_a =
            |from, to| answers.iter().filter(|a| a.sent >= from && a.sent < to && a.text.as_deref() == Ok("a")).count();
        assert_eq!(on_a(gone, begin), 0);
        assert!(answers.len() > 60, "{}", answers.len());
    });
}

#[test]
fn without_the_helper_requests_are_lost() {
    with_manager(|manager| {
        site::start(manager, None);
        let load = Load::start(manager, 4, BALANCER, WORK);
        load.wait_for("a");
        load.wait_for("b");
        manager.systemctl(&format!("stop {}", A.unit()));
        sleep(Duration::from_secs(3));
        let answers = load.finish();
        assert!(!failures(&answers).is_empty());
    });
}
