//! The differences between releases of libsystemd that the fuzzer is to expect. Each is a row of COMPAT.md too.

use crate::lockstep::Case;
use sdnotify_tests::library::Library;

pub struct Rule {
    libraries: &'static [Library],
    /// The case in the table, by its title, that shows the same.
    pub title: &'static str,
    applies: fn(&Case, &[String], &[String]) -> bool,
}

const RULES: &[Rule] = &[
    Rule {
        libraries: &[Library::Theirs, Library::Trixie],
        title: "a pidfd of this process",
        applies: |_, _, mine| has(mine, "missing"),
    },
    Rule {
        libraries: &[Library::Theirs, Library::Trixie],
        title: "LISTEN_PIDFDID is malformed",
        applies: |case, _, _| case.iter().any(|command| command.starts_with("set LISTEN_PIDFDID ")),
    },
    Rule {
        libraries: &[Library::Trixie],
        title: "numbers: binary",
        applies: |case, _, _| case.iter().any(|command| sets_binary(command)),
    },
    Rule {
        libraries: &[Library::Theirs],
        title: "a relative path",
        applies: |_, theirs, mine| has(mine, "ret=-22") && (has(theirs, "ret=-71") || has(theirs, "ret=-34")),
    },
    Rule {
        libraries: &[Library::Theirs],
        title: "a family that is none",
        applies: |case, theirs, mine| {
            has(mine, "ret=-22")
                && !has(theirs, "ret=-22")
                && case.iter().any(|command| command.starts_with("set NOTIFY_SOCKET =vsock"))
        },
    },
    Rule {
        libraries: &[Library::Trixie],
        title: "a vsock address without a CID",
        applies: |_, theirs, mine| has(mine, "ret=-34") && has(theirs, "ret=-22"),
    },
    Rule {
        libraries: &[Library::Theirs],
        title: "254 descriptors are too many",
        applies: |_, theirs, _| has(theirs, "ret=-7"),
    },
    Rule {
        libraries: &[Library::Theirs],
        title: "a text that cannot be formatted: more than INT_MAX bytes",
        applies: |_, theirs, mine| has(theirs, "ret=-12") && has(mine, "ret=-12"),
    },
    Rule {
        libraries: &[Library::Theirs, Library::Ours, Library::DropIn],
        title: "an empty state for another process, to a name that nobody has",
        applies: |case, theirs, _| has(theirs, "ret=1") && has(theirs, "messages=") && sends_nothing_for_another(case),
    },
];

/// The rule that explains a difference.
pub fn rule(library: Library, case: &Case, theirs: &[String], mine: &[String]) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.libraries.contains(&library) && (rule.applies)(case, theirs, mine))
}

fn has(answers: &[String], start: &str) -> bool {
    answers.iter().any(|answer| answer == start || answer.starts_with(&format!("{start} ")))
}

/// A text of no bytes and a process id of another's.
fn sends_nothing_for_another(case: &Case) -> bool {
    case.iter().any(|command| {
        let words: Vec<&str> = command.split(' ').collect();
        let (pid, state) = match words[..] {
            ["sd_pid_notify" | "sd_pid_notify_with_fds", pid, _, state, ..] => (pid, state),
            ["format", "sd_pid_notifyf" | "sd_pid_notifyf_with_fds", pid, ..] => (pid, "x"),
            _ => return false,
        };
        !matches!(pid, "0" | "@pid") && state.split('|').all(|part| part == "x")
    })
}

/// A 0b in a number, in the hexadecimal digits that the probe is given.
fn sets_binary(command: &str) -> bool {
    command.starts_with("set ") && (command.contains("3062") || command.contains("3042") || command.contains("0b"))
}

/// Every rule stands on a row of COMPAT.md.
pub fn check(document: &str) -> Result<(), String> {
    for rule in RULES {
        if !document.lines().any(|line| line.contains(&format!("| {} |", rule.title))) {
            return Err(format!("COMPAT.md has no row about {:?}", rule.title));
        }
    }
    Ok(())
}
