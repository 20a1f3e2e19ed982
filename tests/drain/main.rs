//! A web node is taken out of its load balancer before it stops: examples/drain/ with real parts under a real manager.

mod balanced;
mod by_hand;
mod end;
mod load;
mod server;
mod site;

use sdnotify_tests::manager::Manager;
use sdnotify_tests::release::Release;

/// Runs a scenario on the machine's own systemd.
fn with_manager(scenario: impl FnOnce(&Manager)) {
    let release = Release::at_hand().iter().find(|release| release.root.is_none()).expect("a manager of this machine");
    scenario(&Manager::start(release).expect("a manager"));
}
