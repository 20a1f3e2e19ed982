//! One of two nodes behind HAProxy is stopped under a constant load.

use crate::apache::{self, Drain};
use crate::load::{Answer, Load, failures};
use crate::site::{self, A, BALANCER};
use crate::streams::Streams;
use crate::{on_each, on_machine};
use sdnotify_tests::manager::Manager;
use sdnotify_tests::tree;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Four clients ask for it, who always find about two of their requests on each node.
const WORK: &str = "/work.php?ms=300";

#[test]
fn with_the_helper_no_request_is_lost() {
    on_each(|manager| {
        site::start(manager, Some(&[]));
        let unit = A.unit();
        let load = Load::start(manager, 4, BALANCER, WORK);
        load.wait_for("a");
        load.wait_for("b");
        manager.poll("the status of php-fpm", || manager.show(&unit, "StatusText").starts_with("Processes active: "));
        let ours = tree::installed().join("lib/libsdnotify/libsystemd.so.0");
        let main = manager.show(&unit, "MainPID");
        assert!(manager.run(&format!("cat /proc/{main}/maps")).contains(ours.to_str().expect("UTF-8")));

        // One request takes longer than the balancer needs to notice.
        let long = Load::start(manager, 1, &A.direct(), "/work.php?ms=9000");
        sleep(Duration::from_millis(500));
        manager.systemctl(&format!("stop --no-block {unit}"));
        manager.poll("the status while it waits", || {
            let shown = manager.sh(&format!("$SD_CTL status --no-pager {unit}")).text;
            // Two seconds or more; php-fpm gives its own status now and then.
            let status = shown.split("Status: \"Draining for ").nth(1).unwrap_or_default();
            shown.contains("Active: deactivating (stop)")
                && status.starts_with(|digit| ('2'..='9').contains(&digit))
                && status.contains(" s, at most 30 s: active processes: ")
                && status.contains(", listen queue: 0\"")
        });
        assert!(!A.has_page(manager));
        let long = long.finish();
        assert!(failures(&long).is_empty(), "{:?}", failures(&long));
        manager.wait_state(&unit, "inactive (dead)");
        assert_eq!(manager.show(&unit, "Result"), "success");
        assert!(A.has_page(manager));

        // All goes to the other node, until this one is back.
        let stopped = Instant::now();
        sleep(Duration::from_secs(2));
        let starting = Instant::now();
        manager.systemctl(&format!("start {unit}"));
        load.wait_for("a");
        // And the same in one.
        let restarting = Instant::now();
        manager.systemctl(&format!("restart {unit}"));
        assert!(restarting.elapsed() > Duration::from_secs(5));
        load.wait_for("a");

        let answers = load.finish();
        assert!(failures(&answers).is_empty(), "{:?}", failures(&answers));
        let between = |answer: &&Answer| answer.sent >= stopped && answer.sent < starting;
        let between: Vec<_> = answers.iter().filter(between).map(|answer| answer.text.as_deref()).collect();
        assert!(!between.is_empty());
        assert!(between.iter().all(|node| *node == Ok("b")), "{between:?}");
        assert!(answers.len() > 60, "{}", answers.len());
        eprintln!("{}: {} requests, none lost; the helper:\n{}", manager.release, answers.len(), A.log(manager));
    });
}

/// What four clients, wrk and ab lose when one of two nodes is stopped without the helper.
fn stop_without_the_helper(manager: &Manager, unit: &str, path: &str) {
    let streams = Streams::start(manager, BALANCER, &format!("{path}?ms=300"));
    let load = Load::start(manager, 4, BALANCER, &format!("{path}?ms=300"));
    load.wait_for("a");
    load.wait_for("b");
    manager.systemctl(&format!("stop {unit}"));
    sleep(Duration::from_secs(3));
    let answers = load.finish();
    let (failures, reports) = (failures(&answers), streams.finish());
    assert!(!failures.is_empty());
    assert!(reports.iter().all(|report| !report.failures.is_empty()), "{reports:?}");
    eprintln!("{unit}: {} requests, {} lost: {}; {reports:?}", answers.len(), failures.len(), failures[0]);
}

#[test]
fn without_the_helper_requests_are_lost() {
    on_machine(|manager| {
        site::start(manager, None);
        stop_without_the_helper(manager, &A.unit(), "/work.php");
    });
}

#[test]
fn without_the_helper_apache_loses_requests_too() {
    on_machine(|manager| {
        apache::start_nodes(manager, Drain::No);
        site::start_haproxy(manager, &[("/status.php", "/status.txt")]);
        stop_without_the_helper(manager, &apache::unit(&A), "/work");
    });
}

#[test]
fn the_check_sees_that_the_packaged_unit_stops_first() {
    on_machine(|manager| {
        apache::start_nodes(manager, Drain::Page);
        let unit = apache::unit(&A);
        let check = format!(
            "{} drain check --unit {unit} --page a/www/status.txt --load-command 'echo 0'",
            tree::installed().join("bin/sdnotify").display()
        );
        let said = manager.run(&check);
        assert!(said.contains(&format!("ok: {unit}: NotifyAccess=exec, ")), "{said}");

        let drop_in = format!("units/{unit}.d/drain.conf");
        let text = fs::read_to_string(manager.path(&drop_in)).expect("the drop-in");
        manager.units(&[(&format!("{unit}.d/drain.conf"), &site::replaced(&text, "\nExecStop=\n", "\n"))]);
        let outcome = manager.sh(&check);
        assert_eq!(outcome.status, 1, "{}", outcome.text);
        let problem = format!("PROBLEM: {unit}: ExecStop= runs '/usr/sbin/apachectl graceful-stop' first: ");
        assert!(outcome.text.contains(&problem), "{}", outcome.text);
    });
}
