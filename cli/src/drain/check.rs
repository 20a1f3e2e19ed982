//! `drain check`: tests everything that can be tested without taking the node out.
#![forbid(unsafe_code)]

use crate::args::drain::Check;
use crate::drain::load::{self, Source};
use crate::drain::{LOOK, agent, page, shell, ways};
use crate::exit;
use crate::quote::quote;
use crate::timespan;
use nix::unistd::{AccessFlags, access};
use std::fs;
use std::io::{Error, ErrorKind, Write};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

/// The manager must not time out before the first message that asks for more time.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

pub fn check(arguments: &Check) -> exit::Result<ExitCode> {
    let sources = load::sources(&arguments.loads)?;
    if arguments.ways.are_none() {
        return Err(exit::Error::Usage("no way to take the node out: use --page, --away or --agent".into()));
    }
    let mut well = true;
    let mut report = |name: &str, outcome: Result<String, String>| {
        let (word, text) = match outcome {
            Ok(text) => ("ok", text),
            Err(text) => ("PROBLEM", text),
        };
        well &= word == "ok";
        let _ = writeln!(std::io::stdout(), "{word}: {}: {}", quote(name), quote(&text));
    };
    for page in &arguments.ways.page {
        report(&page.display().to_string(), check_page(page));
    }
    for command in arguments.ways.away.iter().chain(&arguments.ways.back) {
        report(command, check_command(command));
    }
    if !arguments.ways.away.is_empty() && arguments.ways.back.is_empty() {
        report("--away", Err("without --back, an interrupted wait cannot put the node back".into()));
    }
    for address in &arguments.ways.agent {
        report(&format!("--agent {address}"), agent::can_listen(address).map(|()| "the address is free".into()));
    }
    for source in &sources {
        report(source.name(), check_source(source));
    }
    if let Some(unit) = arguments.unit.clone().or_else(own_unit) {
        report(&unit, check_unit(&unit, arguments.limit));
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(exit::NO) })
}

fn check_page(page: &Path) -> Result<String, String> {
    let away = page::away(page);
    page::present(page).map_err(|error| match error.kind() {
        ErrorKind::NotFound if away.exists() => {
            format!("is already away, as {}; run sdnotify drain restore", away.display())
        }
        _ => ways::describe(&error),
    })?;
    if away.is_dir() {
        return Err(format!("{} is a directory", away.display()));
    }
    let directory = page.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    access(directory, AccessFlags::W_OK | AccessFlags::X_OK)
        .map_err(|errno| format!("cannot be renamed: {}", ways::describe(&Error::from(errno))))?;
    Ok("exists and can be renamed".into())
}

/// Whether the shell could run it; it is not run.
fn check_command(command: &str) -> Result<String, String> {
    shell::run_program(Command::new("/bin/sh").args(["-n", "-c", command]), LOOK)?;
    let program = command.split_whitespace().next().unwrap_or_default();
    // Anything but a plain name is left to the shell.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+');
    if !program.is_empty() && program.chars().all(plain) {
        let found = Command::new("/bin/sh").args(["-c", "command -v -- \"$1\"", "sh", program]).output();
        if !found.is_ok_and(|output| output.status.success()) {
            return Err(format!("{program}: not found"));
        }
    }
    Ok("can be run".into())
}

fn check_source(source: &Source) -> Result<String, String> {
    let readings = source.measure(LOOK)?;
    Ok(readings.iter().map(|reading| format!("{}: {}", reading.name, reading.number)).collect::<Vec<_>>().join(", "))
}

/// The service that this process belongs to, if the manager started it.
fn own_unit() -> Option<String> {
    std::env::var_os("INVOCATION_ID")?;
    let cgroup = fs::read_to_string("/proc/self/cgroup").ok()?;
    let name = cgroup.lines().find_map(|line| line.strip_prefix("0::"))?.rsplit('/').next()?;
    name.ends_with(".service").then(|| name.to_owned())
}

fn check_unit(unit: &str, limit: Duration) -> Result<String, String> {
    let mut systemctl = Command::new("systemctl");
    systemctl.args(["show", "--property=LoadState,NotifyAccess,TimeoutStopUSec,ExecStop", "--", unit]);
    let text = shell::run_program(&mut systemctl, LOOK).map_err(|problem| format!("systemctl: {problem}"))?;
    let property =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default();
    let before = stopped_before(text.lines().filter_map(|line| line.strip_prefix("ExecStop=")));
    if let Some(command) = before {
        return Err(format!("ExecStop= runs '{command}' first: put an empty ExecStop= before sdnotify's"));
    }
    judge_unit(property("LoadState"), property("NotifyAccess"), property("TimeoutStopUSec"), limit)
}

/// The command that ends the service before it is drained, if any, from the output of systemctl.
fn stopped_before<'a>(commands: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let argv = |command: &'a str| Some(command.split_once("argv[]=")?.1.split(" ; ").next().unwrap_or_default());
    let commands: Vec<&str> = commands.filter_map(argv).collect();
    let drain = commands.iter().position(|command| command.contains("drain wait"))?;
    commands[..drain].first().copied()
}

fn judge_unit(loaded: &str, access: &str, timeout: &str, limit: Duration) -> Result<String, String> {
    if loaded != "loaded" {
        return Err(format!("not loaded ({loaded})"));
    }
    if !matches!(access, "exec" | "all") {
        return Err(format!("NotifyAccess={access}: set it to exec, or the manager ignores requests for more time"));
    }
    let patience = timespan::parse(timeout).map_err(|problem| format!("TimeoutStopSec={timeout}: {problem}"))?.0;
    if patience.is_some_and(|patience| patience < STOP_TIMEOUT.min(limit)) {
        return Err(format!("TimeoutStopSec={timeout}: set it to at least {}", timespan::format(STOP_TIMEOUT)));
    }
    Ok(format!("NotifyAccess={access}, TimeoutStopSec={timeout}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_stop_commands() {
        let drain = "{ path=/usr/bin/sdnotify ; argv[]=/usr/bin/sdnotify drain wait --load-command a ; b ; pid=0 }";
        let own = "{ path=/usr/sbin/apachectl ; argv[]=/usr/sbin/apachectl graceful-stop ; ignore_errors=no ; pid=0 }";
        let first = |commands: &[&'static str]| stopped_before(commands.iter().copied());
        assert_eq!(first(&[own, drain]), Some("/usr/sbin/apachectl graceful-stop"));
        // Not in the unit: it is run by hand.
        for good in [&[drain, own][..], &[drain], &[own], &[]] {
            assert_eq!(first(good), None, "{good:?}");
        }
    }

    #[test]
    fn units() {
        let judge = |loaded, access, timeout| judge_unit(loaded, access, timeout, Duration::from_secs(30));
        assert!(judge("loaded", "exec", "1min 30s").is_ok());
        assert!(judge("loaded", "all", "infinity").is_ok());
        assert!(judge("not-found", "none", "1min 30s").is_err_and(|why| why.contains("not-found")));
        assert!(judge("loaded", "main", "1min 30s").is_err_and(|why| why.contains("NotifyAccess=main")));
        assert!(judge("loaded", "exec", "2s").is_err_and(|why| why.contains("TimeoutStopSec=2s")));
    }
}
