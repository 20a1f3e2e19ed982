//! What a case comes to, library by library.

use super::Subject;
use super::record::Records;
use crate::case::{self, Case};
use crate::exports;
use crate::library::Library;
use crate::probe::{Probe, text};
use crate::surroundings;
use crate::tree::{Scratch, remove_all};
use std::collections::BTreeMap;

/// The answers to a case's commands and, behind them, the messages received, the environment, and the descriptors.
pub type Transcript = Vec<String>;

/// A libsystemd that can be run here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Live {
    pub library: Library,
    pub release: u32,
}

/// What the libraries that were run answered.
pub type Outcomes = BTreeMap<Library, Transcript>;

/// Runs a case on both of ours and on each libsystemd at hand.
pub fn run(subject: &Subject, index: usize, live: &[Live]) -> Outcomes {
    let scratch = Scratch::new("compliance");
    let id = format!("sdn-{:07}-{index:04}", std::process::id());
    let mut libraries = vec![Library::Ours, Library::DropIn];
    libraries.extend(live.iter().map(|live| live.library));
    // Who is first differs from case to case, so no library profits from what another left.
    let turn = index % libraries.len();
    libraries.rotate_left(turn);
    let transcript = |library| transcript(&subject.cases[index], (subject.start)(library), &id, &scratch);
    let outcomes = libraries.into_iter().map(|library| (library, transcript(library))).collect();
    case::remove_sockets(&id);
    outcomes
}

/// The case's commands, and those that look at what they left.
pub fn commands(case: &Case) -> impl Iterator<Item = &'static str> {
    case.script.iter().copied().chain(["received", "state"])
}

fn transcript(case: &Case, mut probe: Probe, id: &str, scratch: &Scratch) -> Transcript {
    let directory = scratch.path("files");
    remove_all(&directory);
    std::fs::create_dir(&directory).expect("a directory for the case");
    let directory = directory.display().to_string();
    let mut answers = Transcript::new();
    let hexadecimal = |name: &str| text(name.as_bytes())[1..].to_owned();
    let (user, group) = surroundings::ids();
    let sender = format!(" uid={user} gid={group}");
    for command in commands(case) {
        match probe.try_ask(&case::command(command, id, &directory)) {
            Ok(answer) => answers.push(
                answer
                    .replace(&hexadecimal(id), &hexadecimal("ID"))
                    .replace(&hexadecimal(&directory), &hexadecimal("/DIR"))
                    // As recorded, by root.
                    .replace(&sender, " uid=0 gid=0"),
            ),
            Err(death) => {
                answers.push(death);
                break;
            }
        }
    }
    answers
}

/// Why a case cannot run here, if it cannot. Either the kernel lacks something, or rights are missing: a set-up fails that
/// did not when the case was recorded, or libsystemd itself does not answer an ordinary user as it answered root.
pub fn impossible(outcomes: &Outcomes, case: &Case, live: &[Live], records: &Records) -> Option<String> {
    let of_pidfds = |command: &&str| command.starts_with("sd_pidfd_") || command.starts_with("set LISTEN_PIDFDID ");
    if case.script.iter().any(of_pidfds) && !surroundings::has_pidfs() {
        return Some("needs pidfs".to_owned());
    }
    if surroundings::is_real_root() {
        return None;
    }
    let reference = records.answers(records.reference(), case).ok()?;
    let ours = &outcomes[&Library::Ours];
    let failed =
        |(answer, recorded): &(&String, &String)| answer.starts_with("failed") && !recorded.starts_with("failed");
    if let Some((command, (answer, _))) = commands(case).zip(ours.iter().zip(&reference)).find(|(_, both)| failed(both))
    {
        return Some(format!("needs root: {command}: {}", answer.trim_start_matches("failed: ")));
    }
    let in_its_own_name: Transcript = reference.iter().map(|answer| answer.replace(" pid=1 ", " pid=own ")).collect();
    if in_its_own_name != reference && in_its_own_name == *ours {
        return Some("needs root: to send for another process".to_owned());
    }
    let differs =
        |live: &&Live| records.answers(live.release, case).is_ok_and(|recorded| outcomes[&live.library] != recorded);
    let Live { release, .. } = live.iter().find(differs)?;
    Some(format!("needs root: libsystemd {release} itself answers another user differently"))
}

/// Everything as the reference has it but the differences that the case names, which must be there; and each release at
/// hand as it was recorded.
pub fn check(outcomes: &Outcomes, case: &Case, live: &[Live], records: &Records) -> Result<(), String> {
    let newest = records.reference();
    let reference = records.answers(newest, case)?;
    let mut wrong = String::new();
    let mut columns: Vec<(String, Transcript)> = Vec::new();
    for release in records.older() {
        columns.push((release.to_string(), records.answers(release, case)?));
    }
    columns.push(("ours".to_owned(), outcomes[&Library::Ours].clone()));
    columns.push(("drop-in".to_owned(), outcomes[&Library::DropIn].clone()));
    for (name, transcript) in &columns {
        let expected = case.differences.iter().any(|difference| difference.who.contains(&name.as_str()));
        let same = *transcript == reference;
        let missing = is_missing(transcript);
        if expected && same {
            wrong += &format!("{name} no longer differs from {newest}: take the line away\n");
        } else if missing && has(name, case.function) {
            wrong += &format!("{name} does not have {}, and should\n", case.function);
        } else if !expected && !same && !missing {
            wrong += &told(name, transcript, &newest.to_string(), &reference);
        }
    }
    for Live { library, release } in live.iter().filter(|live| records.has(live.release)) {
        let recorded = records.answers(*release, case)?;
        if outcomes[library] != recorded {
            wrong += &told(&format!("{release} now"), &outcomes[library], &format!("{release} recorded"), &recorded);
        }
    }
    for command in reference.iter().filter(|answer| answer.starts_with("failed") || answer.is_empty()) {
        wrong += &format!("the case cannot be set up: {command}\n");
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn told(name: &str, transcript: &Transcript, reference_name: &str, reference: &Transcript) -> String {
    let mut text = format!("{name} is not as {reference_name}:\n");
    for (mine, reference) in differences(transcript, reference) {
        text += &format!("  {reference_name}: {reference}\n  {name}: {mine}\n");
    }
    text
}

/// The function was not there yet.
pub fn is_missing(transcript: &Transcript) -> bool {
    transcript.iter().any(|answer| answer == "missing")
}

/// The answers that are not the same.
pub fn differences<'a>(one: &'a Transcript, other: &'a Transcript) -> Vec<(&'a str, &'a str)> {
    let at = |transcript: &'a Transcript, index| transcript.get(index).map_or("nothing", String::as_str);
    (0..one.len().max(other.len()))
        .map(|index| (at(one, index), at(other, index)))
        .filter(|(one, other)| one != other)
        .collect()
}

/// Whether a library of this column is new enough for a function, as our list of version nodes has it.
fn has(column: &str, function: &str) -> bool {
    column.parse().map_or(true, |release: u32| release >= exports::since(function))
}
