//! The same services under `sdnotify run` and under systemd 252, 257 and 262: the same states, one after the other, and
//! the same result.

use sdnotify_tests::command::{Running, field};
use sdnotify_tests::manager::{self, on_each};
use std::path::Path;
use std::sync::OnceLock;

/// A service: for systemd, for `sdnotify run`, and what it does.
struct Scenario {
    name: &'static str,
    unit: &'static str,
    options: &'static [&'static str],
    script: &'static [&'static str],
    /// Somebody stops it when it is there.
    stopped: bool,
}

const SCENARIOS: &[Scenario] = &[
    scenario("story", "", &[], &["say", "READY=1", "say", "STATUS=x", "say", "STOPPING=1"]),
    scenario("protocol", "", &[], &["exit", "0"]),
    scenario("failed-start", "", &[], &["exit", "3"]),
    scenario("failed-later", "", &[], &["say", "READY=1", "exit", "3"]),
    scenario("killed", "", &[], &["say", "READY=1", "exit", "KILL"]),
    scenario("real-time", "", &[], &["say", "READY=1", "exit", "RTMIN"]),
    scenario("stuck", "WatchdogSec=500ms", &["--watchdog", "500ms"], &["say", "READY=1", "sleep", "600000"]),
    scenario("trigger", "", &[], &["say", "READY=1", "say", "WATCHDOG=trigger", "sleep", "600000"]),
    scenario(
        "own-limit",
        "WatchdogSec=1h",
        &["--watchdog", "1h"],
        &["say", "READY=1", "say", "WATCHDOG_USEC=500000", "sleep", "600000"],
    ),
    scenario("slow-start", "TimeoutStartSec=1", &["--start-timeout", "1"], &["sleep", "600000"]),
    scenario(
        "more-time",
        "TimeoutStartSec=5",
        &["--start-timeout", "5"],
        &["say", "EXTEND_TIMEOUT_USEC=60000000", "sleep", "7000", "say", "READY=1"],
    ),
    scenario(
        "reload",
        "",
        &[],
        &["say", "READY=1", "say", "RELOADING=1\nMONOTONIC_USEC=1", "say", "READY=1", "say", "STOPPING=1"],
    ),
    scenario(
        "stuck-end",
        "TimeoutStopSec=1",
        &["--stop-timeout", "1"],
        &["say", "READY=1", "say", "STOPPING=1", "sleep", "600000"],
    ),
    scenario("revived", "", &[], &["say", "READY=1", "say", "STOPPING=1", "say", "READY=1"]),
    scenario("restarts", "Restart=on-failure", &["--restart", "on-failure"], &["say", "READY=1", "exit", "3"]),
    Scenario { stopped: true, ..scenario("stop", "", &[], &["say", "READY=1", "sleep", "600000"]) },
    Scenario {
        stopped: true,
        ..scenario(
            "deaf",
            "TimeoutStopSec=1",
            &["--stop-timeout", "1"],
            &["deaf", "0", "say", "READY=1", "sleep", "600000"],
        )
    },
];

const fn scenario(
    name: &'static str,
    unit: &'static str,
    options: &'static [&'static str],
    script: &'static [&'static str],
) -> Scenario {
    Scenario { name, unit, options, script, stopped: false }
}

/// The states and the result under `sdnotify run`.
fn here(scenario: &Scenario) -> (String, String) {
    let mut running = Running::start(scenario.options, scenario.script);
    if scenario.stopped {
        running.wait_for(&[("sub", "running")]);
        running.signal(libc::SIGTERM);
    }
    let ended = running.finish();
    (ended.history(), field(ended.end(), "result"))
}

/// The states among the manager's own words, `NAME.service: Changed FROM -> TO`. Those that newer ones pass through
/// between an end and the next start are left out, and 252's name for a reload that the service reports is another.
fn history(log: &str, unit: &str) -> String {
    let changed = format!("{unit}: Changed ");
    let states = log.lines().filter_map(|line| Some(line.split_once(&changed)?.1.split_once(" -> ")?.1.trim()));
    let states = states.filter_map(|state| match state {
        "dead-before-auto-restart" => Some("dead"),
        "failed-before-auto-restart" => Some("failed"),
        "auto-restart-queued" => None,
        "reload" => Some("reload-notify"),
        state => Some(state),
    });
    states.collect::<Vec<_>>().join(" ")
}

#[test]
fn as_under_systemd() {
    static OURS: OnceLock<Vec<(String, String)>> = OnceLock::new();
    let program = manager::speaker();
    on_each(|manager| {
        let ours = OURS.get_or_init(|| SCENARIOS.iter().map(here).collect());
        let names: Vec<String> = SCENARIOS.iter().map(|scenario| format!("same-{}.service", scenario.name)).collect();
        let texts: Vec<String> = SCENARIOS.iter().map(|scenario| unit(scenario, program)).collect();
        let units: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
        manager.units(&units);
        manager.systemctl("log-level debug");
        for scenario in SCENARIOS {
            manager.systemctl(&format!("--no-block start same-{}.service", scenario.name));
        }
        for scenario in SCENARIOS.iter().filter(|scenario| scenario.stopped) {
            let unit = format!("same-{}.service", scenario.name);
            manager.wait_state(&unit, "active (running)");
            manager.systemctl(&format!("--no-block stop {unit}"));
        }
        for (unit, (states, result)) in names.iter().zip(ours) {
            let (_, last) = states.rsplit_once(' ').expect("more than one");
            let version = manager.version;
            if version < 257 {
                // It logs no more than 200 lines in five seconds to where the tests read it: too few for a history.
                manager.wait(unit, "SubState", last);
            } else {
                let length = states.split(' ').count();
                manager.poll(&format!("{unit}: {states}"), || {
                    let theirs = history(&manager.log(), unit);
                    theirs.ends_with(last) && theirs.split(' ').count() >= length
                });
                assert_eq!((unit, version, &history(&manager.log(), unit)), (unit, version, states));
            }
            // Until 257 the first reason stayed, here the last failure before the start that was refused.
            let before = version <= 257 && result == "start-limit-hit";
            let result = if before { "exit-code" } else { result };
            assert_eq!((unit, version, manager.show(unit, "Result").as_str()), (unit, version, result));
        }
    });
}

fn unit(scenario: &Scenario, program: &Path) -> String {
    let script: Vec<String> = scenario.script.iter().map(|word| format!("{word:?}")).collect();
    format!("[Service]\nType=notify\n{}\nExecStart={} {}\n", scenario.unit, program.display(), script.join(" "))
}
