//! How a stop ends that does not go as planned. Whatever happens, the status page is there for the next start.

use crate::load::{Load, failures};
use crate::site::{self, A};
use crate::{on_each, on_machine};
use sdnotify_tests::manager::Manager;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// For a node that has two requests in flight all the time.
fn loaded(changes: &[(&str, &str)], scenario: impl Fn(&Manager, &str) + Sync) {
    on_each(|manager| {
        site::start_alone(manager, &A, changes);
        let _load = Load::start(manager, 2, &A.direct(), "/work.php?ms=60000");
        sleep(Duration::from_millis(500));
        scenario(manager, &A.unit());
    });
}

/// Begins to stop the node; the helper's process.
fn begin_stop(manager: &Manager, unit: &str) -> String {
    manager.systemctl(&format!("stop --no-block {unit}"));
    manager.poll("the helper", || {
        let status = manager.show(unit, "StatusText");
        status.starts_with("Draining for ") && status.contains("active processes: 2, ")
    });
    assert_eq!(manager.state(unit), "deactivating (stop)");
    assert!(!A.has_page(manager));
    manager.show(unit, "ControlPID")
}

#[test]
fn load_that_never_ends_is_waited_for_up_to_the_limit() {
    // The manager alone would end it after 10 s.
    let changes = [("--limit 30", "--limit 18"), ("[Service]", "[Service]\nTimeoutStopSec=10")];
    loaded(&changes, |manager, unit| {
        let begin = Instant::now();
        begin_stop(manager, unit);
        manager.wait_state(unit, "inactive (dead)");
        assert!(begin.elapsed() >= Duration::from_secs(18), "{:?}", begin.elapsed());
        assert_eq!(manager.show(unit, "Result"), "success");
        let log = A.log(manager);
        assert!(log.contains("drain: Limit reached, still loaded after "), "{log}");
        assert!(log.contains(" s: active processes: 2, listen queue: 0\n"), "{log}");
        assert!(A.has_page(manager));
    });
}

#[test]
fn an_interrupted_helper_ends_the_service_and_the_page_comes_back() {
    loaded(&[("--notice 5", "--notice 1")], |manager, unit| {
        let helper = begin_stop(manager, unit);
        manager.run(&format!("kill -s TERM {helper}"));
        manager.wait_state(unit, "inactive (dead)");
        assert_eq!(manager.show(unit, "Result"), "success");
        let log = A.log(manager);
        assert!(log.contains("drain: Interrupted by SIGTERM after "), "{log}");
        assert!(log.contains(": active processes: 2"), "{log}");
        assert!(A.has_page(manager));

        // Not even asked.
        manager.systemctl(&format!("start {unit}"));
        let helper = begin_stop(manager, unit);
        manager.run(&format!("kill -s KILL {helper}"));
        manager.wait_state(unit, "failed (failed)");
        assert_eq!(manager.show(unit, "Result"), "signal");
        assert!(A.has_page(manager));

        // The machine went down half way: nobody put it back, until now.
        manager.run("mv a/www/status.php a/www/status.php.away");
        manager.systemctl(&format!("start {unit}"));
        assert!(A.has_page(manager));
        assert_eq!(manager.state(unit), "active (running)");
    });
}

#[test]
fn a_service_that_ends_by_itself_is_not_waited_for() {
    loaded(&[("NotifyAccess=exec", "NotifyAccess=main")], |manager, unit| {
        // While the helper waits, whose messages do not count with this access.
        manager.systemctl(&format!("stop --no-block {unit}"));
        manager.poll("the page", || !A.has_page(manager));
        manager.poll("the helper's warning", || {
            A.log(manager).contains("drain: The manager passed no notify socket: set NotifyAccess=exec in the unit.")
        });
        let begin = Instant::now();
        manager.systemctl(&format!("kill --kill-who=main -s KILL {unit}"));
        manager.wait_state(unit, "failed (failed)");
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
        let log = A.log(manager);
        assert!(log.contains("drain: The service ended by itself after "), "{log}");
        assert!(A.has_page(manager));

        // And before anybody thought of stopping it: after a clean end there is an ExecStop= all the same.
        manager.systemctl(&format!("start {unit}"));
        manager.systemctl(&format!("kill --kill-who=main -s TERM {unit}"));
        manager.wait_state(unit, "inactive (dead)");
        let log = A.log(manager);
        assert!(log.contains("drain: The service has already ended: nothing to wait for."), "{log}");
        assert!(A.has_page(manager));
    });
}

#[test]
fn a_missing_page_is_an_error_after_the_requests_in_flight() {
    on_machine(|manager| {
        site::start_alone(manager, &A, &[]);
        manager.run("rm a/www/status.php");
        let long = Load::start(manager, 1, &A.direct(), "/work.php?ms=8000");
        sleep(Duration::from_millis(500));
        manager.systemctl(&format!("stop --no-block {}", A.unit()));
        let long = long.finish();
        assert!(failures(&long).is_empty(), "{:?}", failures(&long));
        manager.wait_state(&A.unit(), "failed (failed)");
        let missing = "a/www/status.php: neither it nor ";
        assert!(A.log(manager).contains(missing), "{}", A.log(manager));
        manager.systemctl(&format!("start {}", A.unit()));
        assert_eq!(manager.state(&A.unit()), "active (running)");
    });
}
