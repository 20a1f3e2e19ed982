//! The differences between releases of libsystemd that the fuzzer is to expect. Each is a case of the table too.

use crate::lockstep::{Case, Compared};

pub struct Rule {
    releases: &'static [u32],
    /// Ours differs so, too.
    ours: bool,
    /// The case in the table, by its title, that shows the same.
    pub title: &'static str,
    applies: fn(&Case, &[String], &[String]) -> bool,
}

const RULES: &[Rule] = &[
    Rule {
        releases: &[252, 257],
        ours: false,
        title: "a pidfd of this process",
        applies: |_, _, mine| has(mine, "missing"),
    },
    Rule { releases: &[252, 257], ours: false, title: "LISTEN_PIDFDID is malformed", applies: only_the_pidfdid },
    Rule { releases: &[257], ours: false, title: "numbers: binary", applies: only_binary },
    Rule {
        releases: &[252],
        ours: false,
        title: "a relative path",
        applies: |_, theirs, mine| has(mine, "ret=-22") && (has(theirs, "ret=-71") || has(theirs, "ret=-34")),
    },
    Rule {
        releases: &[252],
        ours: false,
        title: "an unknown address family",
        applies: |case, theirs, mine| {
            has(mine, "ret=-22")
                && !has(theirs, "ret=-22")
                && case.iter().any(|command| command.starts_with("set NOTIFY_SOCKET =vsock"))
        },
    },
    Rule {
        releases: &[257],
        ours: false,
        title: "a vsock address for any CID",
        applies: |_, theirs, mine| has(mine, "ret=-34") && has(theirs, "ret=-22"),
    },
    Rule {
        releases: &[252],
        ours: false,
        title: "254 descriptors are too many",
        applies: |_, theirs, _| has(theirs, "ret=-7"),
    },
    Rule {
        releases: &[252],
        ours: false,
        title: "a text that cannot be formatted: more than INT_MAX bytes",
        applies: |_, theirs, mine| has(theirs, "ret=-12") && has(mine, "ret=-12"),
    },
    Rule {
        releases: &[252],
        ours: true,
        title: "an empty state for another process, to a name that no socket has",
        applies: |case, theirs, _| has(theirs, "ret=1") && has(theirs, "messages=") && sends_nothing_for_another(case),
    },
];

/// Whether a difference is a known one, between the reference's answers and another's. Where ours is the reference, a
/// difference of its own shows on the others.
pub fn is_explained(reference: (Compared, &[String]), other: (Compared, &[String]), case: &Case) -> bool {
    let rule = |of: Compared, theirs: &[String], mine: &[String]| {
        RULES.iter().any(|rule| {
            let concerns = if of.library.is_ours() { rule.ours } else { rule.releases.contains(&of.release) };
            concerns && (rule.applies)(case, theirs, mine)
        })
    };
    let ((first, theirs), (second, mine)) = (reference, other);
    rule(second, theirs, mine) || first.library.is_ours() && rule(first, mine, theirs)
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
        !matches!(pid, "0" | "@pid") && state.split('|').all(|part| part == "x" || part.starts_with("0*"))
    })
}

/// What differs: command, the reference's answer, the other's.
fn differing<'a>(
    case: &'a Case,
    theirs: &'a [String],
    mine: &'a [String],
) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
    let commands = case.iter().map(String::as_str).chain(["received", "state", "reset"]);
    let answers = theirs.iter().zip(mine).map(|(theirs, mine)| (theirs.as_str(), mine.as_str()));
    commands
        .zip(answers)
        .map(|(command, (theirs, mine))| (command, theirs, mine))
        .filter(|(_, one, other)| one != other)
}

/// The variable is unknown: it stays where it is, and what it forbids is done.
fn only_the_pidfdid(case: &Case, theirs: &[String], mine: &[String]) -> bool {
    let forbidden = |answer: &str| ["0", "-22", "-34"].iter().any(|code| is_result(answer, code));
    // What was not refused may still fail, but the descriptors have been looked after by then.
    let refused = case.iter().zip(theirs).any(|(call, answer)| call.starts_with("sd_listen_fds") && forbidden(answer));
    case.iter().any(|command| command.starts_with("set LISTEN_PIDFDID "))
        && differing(case, theirs, mine).all(|(command, theirs, mine)| match command {
            "state" => {
                let (theirs, mine) = (without_pidfdid(theirs), without_pidfdid(mine));
                theirs == mine || refused && without_flags(&theirs) == without_flags(&mine)
            }
            _ => command.starts_with("sd_listen_fds") && forbidden(theirs),
        })
}

/// A 0b behind a sign, a space or another 0b is a number there, and refused by the reference.
fn only_binary(case: &Case, theirs: &[String], mine: &[String]) -> bool {
    let call = |command: &str| {
        ["sd_listen_fds", "sd_watchdog_enabled", "sd_notify", "sd_pid_notify", "format "]
            .iter()
            .any(|name| command.starts_with(name))
    };
    case.iter().any(|command| sets_binary(command))
        && differing(case, theirs, mine).all(|(command, theirs, mine)| match command {
            "state" => without_flags(&without_pidfdid(theirs)) == without_flags(&without_pidfdid(mine)),
            _ => call(command) && is_result(theirs, "-22"),
        })
}

fn is_result(answer: &str, code: &str) -> bool {
    answer.split(' ').next().and_then(|word| word.strip_prefix("ret=")) == Some(code)
}

/// An answer to `state` with one variable less.
fn without_pidfdid(state: &str) -> String {
    let kept = |part: &&str| !part.trim_start_matches("env=").starts_with("LISTEN_PIDFDID:");
    let parts: Vec<&str> = state.trim_start_matches("env=").split(',').filter(kept).collect();
    parts.join(",")
}

/// An answer to `state` without what is close-on-exec.
fn without_flags(state: &str) -> String {
    let (env, fds) = state.split_once(" fds=").unwrap_or((state, ""));
    format!("{env} fds={}", fds.replace('c', ""))
}

/// A 0b in a number or in an address of numbers.
fn sets_binary(command: &str) -> bool {
    let numbers = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS"];
    let Some((name, value)) = command.strip_prefix("set ").and_then(|words| words.split_once(' ')) else {
        return false;
    };
    let text = characters(value).to_ascii_lowercase();
    numbers.contains(&name) && text.contains("0b") && (name != "NOTIFY_SOCKET" || text.starts_with("vsock"))
}

/// A text of the probe's, in which only ASCII matters, and nothing that is repeated.
fn characters(word: &str) -> String {
    let part = |part: &str| match part.split_at_checked(1) {
        Some(("=", rest)) => rest.to_owned(),
        Some(("x", digits)) => {
            let byte = |at| u8::from_str_radix(digits.get(at..at + 2).unwrap_or("3f"), 16).unwrap_or(b'?');
            (0..digits.len()).step_by(2).map(|at| char::from(byte(at))).collect()
        }
        _ => "?".to_owned(),
    };
    word.split('|').map(part).collect()
}

/// Every rule stands on a case of docs/compatibility.md that shows a difference.
pub fn check(document: &str) -> Result<(), String> {
    for Rule { title, .. } in RULES {
        let shows = |line: &str| {
            line.strip_prefix(&format!("| {title} |")).is_some_and(|cells| cells.contains('≠') || cells.contains('-'))
        };
        if !document.lines().any(shows) {
            return Err(format!("docs/compatibility.md has no difference in {title:?}"));
        }
    }
    Ok(())
}
