//! summary DIRECTORY: says how the stages of `tests/check` went, from what they printed. A table of the stages, then each
//! test that failed with the command that runs it alone, each that was left out with its reason, and one line of totals.
//! Exit status 1 when anything failed.

mod printed;

use printed::Printed;
use std::path::Path;
use std::process::ExitCode;

/// A stage that ran: a line of the file `results`.
struct Stage {
    name: String,
    status: i32,
    seconds: u32,
    printed: Printed,
}

/// The status of a stage whose packages are not to be had.
const LEFT_OUT: i32 = 77;
/// The stage without which the others are nothing.
const FIRST: &str = "10-build";

fn stages(directory: &Path) -> std::io::Result<Vec<Stage>> {
    let read = |name: String| match std::fs::read(directory.join(name)) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    };
    let mut stages = Vec::new();
    for line in read("results".to_owned())?.lines() {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default().to_owned();
        let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(-1);
        let (status, seconds) = (number(), number());
        let log = read(format!("{name}.log"))?;
        let mut printed = Printed::read(&log);
        printed.left_behind(&log, &name);
        printed.leave_out(read(format!("{name}.left-out"))?.lines());
        let is_left_out = status == LEFT_OUT && name != FIRST && printed.skipped > 0;
        let status = if is_left_out { 0 } else { status };
        if status != 0 && printed.failed == 0 {
            printed.failed = 1;
            printed.failures.push(("the stage itself".to_owned(), format!("make check STAGES={name}")));
        } else if status == 0 && printed.passed == 0 && printed.skipped == 0 {
            printed.passed = 1;
        }
        stages.push(Stage { name, status, seconds: u32::try_from(seconds).unwrap_or(0), printed });
    }
    Ok(stages)
}

fn main() -> ExitCode {
    let directory = std::env::args_os().nth(1).unwrap_or_else(|| "target/stages".into());
    let stages = match stages(Path::new(&directory)) {
        Ok(stages) if !stages.is_empty() => stages,
        Ok(_) => {
            eprintln!("summary: no stage has run");
            return ExitCode::FAILURE;
        }
        Err(error) => {
            eprintln!("summary: {}: {error}", Path::new(&directory).display());
            return ExitCode::FAILURE;
        }
    };
    println!("\n=== summary\n{:<16} {:>6} {:>7} {:>7} {:>8}", "stage", "passed", "failed", "skipped", "time");
    for Stage { name, status, seconds, printed } in &stages {
        let verdict = if *status == 0 { "" } else { "  FAILED" };
        println!(
            "{name:<16} {:>6} {:>7} {:>7} {seconds:>6} s{verdict}",
            printed.passed, printed.failed, printed.skipped
        );
    }
    let each = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            println!("\n{title}");
            lines.iter().for_each(|line| println!("  {line}"));
        }
    };
    let of_all = |lines: fn(&Stage) -> Vec<String>| stages.iter().flat_map(lines).collect::<Vec<_>>();
    each(
        "skipped:",
        of_all(|stage| stage.printed.left_out.iter().map(|line| format!("{}: {line}", stage.name)).collect()),
    );
    each(
        "failed:",
        of_all(|stage| {
            let line = |(test, command): &(String, String)| format!("{}: {test}\n      {command}", stage.name);
            stage.printed.failures.iter().map(line).collect()
        }),
    );
    // Where a package is missing in the stage's `need` line, this is the cause; the log has it among much else.
    each(
        "not found in stages that failed:",
        of_all(|stage| {
            let missing = stage.printed.missing.iter().filter(|_| stage.printed.failed > 0);
            missing.map(|name| format!("{}: {name}", stage.name)).collect()
        }),
    );
    let total = |count: fn(&Printed) -> usize| stages.iter().map(|stage| count(&stage.printed)).sum::<usize>();
    let failed = total(|printed| printed.failed);
    println!(
        "\n{} passed, {failed} failed, {} skipped",
        total(|printed| printed.passed),
        total(|printed| printed.skipped)
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
