//! A web node is taken out of its load balancer before it stops: examples/drain/ with real parts under a real manager.

mod apache;
mod balanced;
mod by_hand;
mod end;
mod hostile;
mod load;
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
    on_these([machine()], scenario);
}

/// Runs a scenario there, and on Debian 13's with Debian 13's parts.
fn on_both(scenario: impl Fn(&Manager) + Sync) {
    let newer = Release::with_packages("trixie", PACKAGES);
    if let Err(reason) = &newer {
        skipped("trixie", reason);
    }
    on_these([machine()].into_iter().chain(&newer), |manager| {
        // No package of a root tree was configured.
        if manager.release.root.is_some() {
            manager.run("echo www-data:x:33:33:::/bin/sh > /etc/passwd && echo www-data:x:33: > /etc/group");
        }
        scenario(manager);
    });
}

fn machine() -> &'static Release {
    static RELEASE: OnceLock<Release> = OnceLock::new();
    RELEASE.get_or_init(|| Release::with_packages("this machine", &[]).expect("a manager of this machine"))
}
