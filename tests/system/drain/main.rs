//! A web node is taken out of its load balancer before it stops: examples/drain/ with real parts under a real manager.

mod apache;
mod balanced;
mod by_hand;
mod end;
mod hostile;
mod load;
mod loopback;
mod pages;
mod rolling;
mod server;
mod site;
mod streams;
mod tools;

use sdnotify_tests::manager::{Manager, on_these};
use sdnotify_tests::release::{Release, skipped};
use std::sync::OnceLock;

const PACKAGES: &[&str] = &["haproxy", "nginx-light", "php-fpm"];

/// Runs a scenario on the machine's own systemd.
fn on_machine(scenario: impl Fn(&Manager) + Sync) {
    on_these(machine(), scenario);
}

/// Runs a scenario there, on Debian 13's with Debian 13's parts, and on the newest with its own.
fn on_each(scenario: impl Fn(&Manager) + Sync) {
    on_these(machine().into_iter().chain(others()), |manager| {
        // No package of a root tree was configured.
        if manager.release.root.is_some() {
            manager.run("echo www-data:x:33:33:::/bin/sh > /etc/passwd && echo www-data:x:33: > /etc/group");
        }
        scenario(manager);
    });
}

fn others() -> &'static [Release] {
    static RELEASES: OnceLock<Vec<Release>> = OnceLock::new();
    RELEASES.get_or_init(|| {
        let newest = |suites: &[&'static str]| {
            let mut reasons = Vec::new();
            let mut get = |suite: &&'static str| {
                Release::with_packages(suite, PACKAGES).map_err(|reason| reasons.push(reason)).ok()
            };
            let release = suites.iter().find_map(&mut get);
            if release.is_none() {
                skipped(suites[0], &reasons.join("; "));
            }
            release
        };
        [&["trixie"][..], &["sid", "forky"]].into_iter().filter_map(newest).collect()
    })
}

fn machine() -> Option<&'static Release> {
    static RELEASE: OnceLock<Option<Release>> = OnceLock::new();
    let get = || Release::with_packages("this machine", &[]).map_err(|reason| skipped("this machine", &reason)).ok();
    RELEASE.get_or_init(get).as_ref()
}
