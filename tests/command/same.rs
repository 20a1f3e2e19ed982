//! The same services under `sdnotify run` and under systemd 252, 257 and 262: the same states, one after the other, and
//! the same result.

use sdnotify_tests::command::{Running, field, sdnotify, speaker};
use sdnotify_tests::manager::{self, on_each};
use sdnotify_tests::tree::Scratch;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A service: for systemd, for `sdnotify run`, and what it does. `@DIR@` is a directory of its own.
struct Scenario {
    name: &'static str,
    unit: &'static str,
    options: &'static [&'static str],
    script: &'static [&'static str],
    /// Another program that is to be run.
    program: Option<&'static str>,
    /// What somebody asks of it when it is there.
    asked: Asked,
    /// The first systemd that has it.
    since: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    Stop,
    /// To stop, of which it does not hear: it goes on until it gets SIGUSR1.
    StopUnheard,
    Reload,
}

/// How each unit begins. The five starts after which none is tried any more take longer than ten seconds on a busy machine,
/// and no option says so.
const START: &str = "[Unit]\nStartLimitIntervalSec=1h\n[Service]\nType=notify\n";

const SCENARIOS: &[Scenario] = &[
    scenario("story", "", &[], &["say", "READY=1", "say", "STATUS=x", "say", "STOPPING=1"]),
    scenario("protocol", "", &[], &["exit", "0"]),
    scenario("failed-start", "", &[], &["exit", "3"]),
    scenario("failed-later", "", &[], &["say", "READY=1", "barriers", "1", "exit", "3"]),
    scenario("killed", "", &[], &["say", "READY=1", "barriers", "1", "exit", "KILL"]),
    scenario("real-time", "", &[], &["say", "READY=1", "barriers", "1", "exit", "RTMIN"]),
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
    scenario(
        "restarts",
        "Restart=on-failure",
        &["--restart", "on-failure"],
        &["say", "READY=1", "barriers", "1", "exit", "3"],
    ),
    stopped(scenario("stop", "", &[], &["say", "READY=1", "sleep", "600000"])),
    stopped(scenario(
        "deaf",
        "TimeoutStopSec=1",
        &["--stop-timeout", "1"],
        &["deaf", "0", "say", "READY=1", "sleep", "600000"],
    )),
    // Types.
    scenario("simple", "Type=simple\nNotifyAccess=main", &["--type", "simple"], &["sleep", "500"]),
    scenario("simple-failed", "Type=simple", &["--type", "simple"], &["sleep", "500", "exit", "3"]),
    stopped(scenario("simple-stop", "Type=simple", &["--type", "simple"], &["sleep", "600000"])),
    scenario(
        "simple-stuck",
        "Type=simple\nWatchdogSec=500ms",
        &["--type", "simple", "--watchdog", "500ms"],
        &["sleep", "600000"],
    ),
    program("simple-nothing", "Type=simple", &["--type", "simple"], "/nonexistent"),
    scenario("exec", "Type=exec", &["--type", "exec"], &["sleep", "500"]),
    program("exec-nothing", "Type=exec", &["--type", "exec"], "/nonexistent"),
    stopped(scenario("forking", "Type=forking", &["--type", "forking"], &["fork", "-", "sleep", "600000"])),
    scenario("forking-failed", "Type=forking", &["--type", "forking"], &["exit", "3"]),
    scenario(
        "forking-failed-later",
        "Type=forking",
        &["--type", "forking"],
        &["fork", "-", "sleep", "500", "exit", "3"],
    ),
    scenario(
        "forking-no-more",
        "Type=forking",
        &["--type", "forking"],
        &["fork-twice", "0", "sleep", "500", "exit", "3"],
    ),
    stopped(scenario("forking-twice", "Type=forking", &["--type", "forking"], &["fork-twice", "0", "sleep", "600000"])),
    scenario(
        "forking-slow",
        "Type=forking\nTimeoutStartSec=1",
        &["--type", "forking", "--start-timeout", "1"],
        &["sleep", "600000"],
    ),
    program("forking-nothing", "Type=forking", &["--type", "forking"], "/nonexistent"),
    scenario(
        "pid-file",
        "Type=forking\nPIDFile=@DIR@/pid-file",
        &["--type", "forking", "--pid-file", "@DIR@/pid-file"],
        &["helper", "4000", "fork", "@DIR@/pid-file", "sleep", "500", "exit", "3"],
    ),
    scenario(
        "pid-file-late",
        "Type=forking\nPIDFile=@DIR@/pid-file-late",
        &["--type", "forking", "--pid-file", "@DIR@/pid-file-late"],
        &["fork-first", "@DIR@/pid-file-late", "sleep", "500", "exit", "3"],
    ),
    scenario(
        "pid-file-never",
        "Type=forking\nPIDFile=@DIR@/pid-file-never\nTimeoutStartSec=1",
        &["--type", "forking", "--pid-file", "@DIR@/pid-file-never", "--start-timeout", "1"],
        &["fork", "-", "sleep", "600000"],
    ),
    scenario(
        "pid-file-gone",
        "Type=forking\nPIDFile=@DIR@/pid-file-gone\nTimeoutStartSec=2",
        &["--type", "forking", "--pid-file", "@DIR@/pid-file-gone", "--start-timeout", "2"],
        &["fork", "-", "sleep", "300"],
    ),
    Scenario {
        asked: Asked::Reload,
        since: 253,
        ..scenario(
            "notify-reload",
            "Type=notify-reload",
            &["--type", "notify-reload"],
            &["say", "READY=1", "await", "1", "reloading", "1", "say", "READY=1", "say", "STOPPING=1"],
        )
    },
    Scenario {
        asked: Asked::Reload,
        since: 253,
        ..scenario(
            "reload-signal",
            "Type=notify-reload\nReloadSignal=SIGUSR1\nTimeoutStartSec=1",
            &["--type", "notify-reload", "--reload-signal", "USR1", "--start-timeout", "1"],
            &["say", "READY=1", "await", "10", "sleep", "3000", "say", "STOPPING=1"],
        )
    },
    // Ends.
    stopped(scenario(
        "kill-signal",
        "KillSignal=SIGUSR1",
        &["--kill-signal", "SIGUSR1"],
        &["say", "READY=1", "sleep", "600000"],
    )),
    stopped(scenario(
        "real-time-signal",
        "KillSignal=RTMIN+3",
        &["--kill-signal", "RTMIN+3"],
        &["say", "READY=1", "sleep", "600000"],
    )),
    stopped(scenario(
        "kill-all",
        "KillMode=control-group\nTimeoutStopSec=1",
        &["--kill-mode", "control-group", "--stop-timeout", "1"],
        &["helper", "600000", "say", "READY=1", "sleep", "600000"],
    )),
    stopped(scenario(
        "kill-mixed",
        "KillMode=mixed",
        &["--kill-mode", "mixed"],
        &["helper", "600000", "say", "READY=1", "sleep", "600000"],
    )),
    stopped(scenario(
        "kill-process",
        "KillMode=process",
        &["--kill-mode", "process"],
        &["helper", "4000", "say", "READY=1", "sleep", "600000"],
    )),
    Scenario {
        asked: Asked::StopUnheard,
        ..scenario("kill-none", "KillMode=none", &["--kill-mode", "none"], &["say", "READY=1", "await", "USR1"])
    },
    scenario(
        "abnormal",
        "Restart=on-abnormal",
        &["--restart", "on-abnormal"],
        &["say", "READY=1", "barriers", "1", "exit", "3"],
    ),
    scenario(
        "abnormal-signal",
        "Restart=on-abnormal",
        &["--restart", "on-abnormal"],
        &["say", "READY=1", "barriers", "1", "exit", "KILL"],
    ),
    scenario("abort", "Restart=on-abort", &["--restart", "on-abort"], &["exit", "0"]),
    scenario(
        "abort-signal",
        "Restart=on-abort",
        &["--restart", "on-abort"],
        &["say", "READY=1", "barriers", "1", "exit", "KILL"],
    ),
];

const fn scenario(
    name: &'static str,
    unit: &'static str,
    options: &'static [&'static str],
    script: &'static [&'static str],
) -> Scenario {
    Scenario { name, unit, options, script, program: None, asked: Asked::Nothing, since: 0 }
}

const fn stopped(scenario: Scenario) -> Scenario {
    Scenario { asked: Asked::Stop, ..scenario }
}

const fn program(
    name: &'static str,
    unit: &'static str,
    options: &'static [&'static str],
    program: &'static str,
) -> Scenario {
    Scenario { program: Some(program), ..scenario(name, unit, options, &[]) }
}

/// The states and the result under `sdnotify run`, by options or by the unit file.
fn here(scenario: &Scenario, by_unit: bool) -> (String, String) {
    let scratch = Scratch::new("same");
    let directory = scratch.dir().to_str().expect("UTF-8");
    let fill = |words: &[&str]| -> Vec<String> { words.iter().map(|word| word.replace("@DIR@", directory)).collect() };
    let mut command = sdnotify();
    command.args(["run", "--json"]);
    if by_unit {
        let file = scratch.path("same.service");
        std::fs::write(&file, unit(scenario, &speaker()).replace("@DIR@", directory)).expect("a file");
        command.arg("--unit").arg(file);
    } else {
        if scenario.unit.contains("Restart=") {
            let file = scratch.path("limit.service");
            std::fs::write(&file, START).expect("a file");
            command.arg("--unit").arg(file);
        }
        command.args(fill(scenario.options)).arg("--");
        command.arg(scenario.program.map_or_else(speaker, PathBuf::from)).args(fill(scenario.script));
    }
    let mut running = Running::spawn(&mut command);
    if scenario.asked != Asked::Nothing {
        let started = running.wait_for(&[("event", "start")]);
        running.wait_for(&[("sub", "running")]);
        running.signal(if scenario.asked == Asked::Reload { libc::SIGHUP } else { libc::SIGTERM });
        if scenario.asked == Asked::StopUnheard {
            running.wait_for(&[("event", "end")]);
            let main = field(&started, "main_pid").parse().expect("a number");
            // SAFETY: no memory is given; the process waits for this signal.
            assert_eq!(unsafe { libc::kill(main, libc::SIGUSR1) }, 0);
        }
    }
    let ended = running.finish();
    (ended.history(), field(ended.end(), "result"))
}

/// Of all scenarios, in order. Many of them wait most of the time.
fn all_here(by_unit: bool) -> Vec<(String, String)> {
    let quarters: Vec<_> = SCENARIOS.chunks(SCENARIOS.len().div_ceil(4)).collect();
    let run = |quarter: &[Scenario]| quarter.iter().map(|scenario| here(scenario, by_unit)).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let threads: Vec<_> = quarters.into_iter().map(|quarter| scope.spawn(move || run(quarter))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    })
}

#[test]
fn a_unit_file_means_what_the_options_do() {
    for (scenario, (by_options, by_unit)) in SCENARIOS.iter().zip(all_here(false).into_iter().zip(all_here(true))) {
        assert_eq!((scenario.name, by_options), (scenario.name, by_unit));
    }
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
        let ours = OURS.get_or_init(|| all_here(false));
        let version = manager.version;
        let with_ours = || SCENARIOS.iter().zip(ours).filter(|(scenario, _)| scenario.since <= version);
        let scenarios: Vec<&Scenario> = with_ours().map(|(scenario, _)| scenario).collect();
        let names: Vec<String> = scenarios.iter().map(|scenario| format!("same-{}.service", scenario.name)).collect();
        let texts: Vec<String> = scenarios.iter().map(|scenario| unit(scenario, program)).collect();
        let units: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
        manager.units(&units);
        manager.systemctl("log-level debug");
        for unit in &names {
            manager.systemctl(&format!("--no-block start {unit}"));
        }
        for (scenario, unit) in scenarios.iter().zip(&names) {
            let verb = match scenario.asked {
                Asked::Nothing => continue,
                Asked::Stop | Asked::StopUnheard => "stop",
                Asked::Reload => "reload",
            };
            manager.wait_state(unit, "active (running)");
            manager.systemctl(&format!("--no-block {verb} {unit}"));
        }
        for (unit, (_, (states, result))) in names.iter().zip(with_ours()) {
            let last = states.rsplit(' ').next().expect("one at least");
            if version < 257 {
                // It logs no more than 200 lines in five seconds to where the tests read it: too few for a history.
                manager.wait(unit, "SubState", last);
            } else {
                let length = states.split(' ').count();
                manager.poll(&format!("{unit}: {states}, not {}", history(&manager.log(), unit)), || {
                    let theirs = history(&manager.log(), unit);
                    theirs.ends_with(last) && theirs.split(' ').count() >= length
                });
                assert_eq!((unit, version, &history(&manager.log(), unit)), (unit, version, states));
            }
            // Until 257 the first reason stayed, here the last failure before the start that was refused.
            let shown = manager.show(unit, "Result");
            let before =
                version <= 257 && result == "start-limit-hit" && ["exit-code", "signal"].contains(&shown.as_str());
            assert!(shown == *result || before, "{unit} of {version}: {shown}, not {result}");
        }
    });
}

fn unit(scenario: &Scenario, program: &Path) -> String {
    let script: Vec<String> = scenario.script.iter().map(|word| format!("{word:?}")).collect();
    let program = scenario.program.map_or(program, Path::new);
    format!("{START}{}\nExecStart={} {}\n", scenario.unit, program.display(), script.join(" "))
}
