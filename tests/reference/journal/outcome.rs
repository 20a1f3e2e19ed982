//! What a case comes to, library by library.

use sdnotify_tests::case::{self, Case};
use sdnotify_tests::exports;
use sdnotify_tests::library::Library;
use sdnotify_tests::probe::{Probe, text};
use sdnotify_tests::tree::Scratch;
use std::collections::BTreeMap;

/// The libraries that are not to be had on this machine.
#[derive(Default)]
pub struct Unavailable(Vec<Library>);

impl Unavailable {
    pub fn add(&mut self, library: Library) {
        self.0.push(library);
    }
}

/// The reference, then those compared with it.
pub const REFERENCE: &str = "262";
pub const COLUMNS: [(&str, Library); 4] =
    [("252", Library::Theirs), ("257", Library::Trixie), ("ours", Library::Ours), ("drop-in", Library::DropIn)];

/// The answers to a case's commands and, behind them, the messages received, the environment, and the descriptors.
pub type Transcript = Vec<String>;

pub struct Outcomes {
    pub reference: Transcript,
    pub others: BTreeMap<&'static str, Transcript>,
}

/// Runs a case on each library that is there.
pub fn run(case: &Case, index: usize, unavailable: &Unavailable) -> Outcomes {
    let scratch = Scratch::new("compliance");
    let id = format!("sdn-{:07}-{index:04}", std::process::id());
    let there = |library| !unavailable.0.contains(&library);
    // Without the newest libsystemd, ours is what the others are compared with.
    let reference = if there(Library::Newest) { Library::Newest } else { Library::Ours };
    Outcomes {
        reference: transcript(case, Probe::start_journal(reference), &id, &scratch),
        others: COLUMNS
            .into_iter()
            .filter(|(_, library)| there(*library))
            .map(|(name, library)| (name, transcript(case, Probe::start_journal(library), &id, &scratch)))
            .collect(),
    }
}

fn transcript(case: &Case, mut probe: Probe, id: &str, scratch: &Scratch) -> Transcript {
    let directory = scratch.path("files");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir(&directory).expect("a directory for the case");
    let directory = directory.display().to_string();
    let mut answers = Transcript::new();
    let hexadecimal = &text(id.as_bytes())[1..];
    for command in case.script.iter().copied().chain(["received", "state"]) {
        match probe.try_ask(&case::command(command, id, &directory)) {
            Ok(answer) => answers.push(answer.replace(hexadecimal, &text(b"ID")[1..])),
            Err(death) => {
                answers.push(death);
                break;
            }
        }
    }
    answers
}

impl Outcomes {
    /// Everything as the reference has it but the differences that the case names, which must be there.
    pub fn check(&self, case: &Case) -> Result<(), String> {
        let mut wrong = String::new();
        for (name, transcript) in &self.others {
            let expected = case.differences.iter().any(|difference| difference.who.contains(name));
            let same = *transcript == self.reference;
            if expected && same {
                wrong += &format!("{name} no longer differs from {REFERENCE}: take the line away\n");
            }
            let missing = is_missing(transcript);
            if missing && has(name, case.function) {
                wrong += &format!("{name} does not have {}, and should\n", case.function);
            }
            if !expected && !same && !missing {
                wrong += &format!("{name} is not as {REFERENCE}:\n");
                for (mine, reference) in differences(transcript, &self.reference) {
                    wrong += &format!("  {REFERENCE}: {reference}\n  {name}: {mine}\n");
                }
            }
        }
        for command in self.reference.iter().filter(|answer| answer.starts_with("failed") || answer.is_empty()) {
            wrong += &format!("the case cannot be set up: {command}\n");
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

/// The function was not there yet.
fn is_missing(transcript: &Transcript) -> bool {
    transcript.iter().any(|answer| answer == "missing")
}

/// The answers that are not the same.
fn differences<'a>(one: &'a Transcript, other: &'a Transcript) -> Vec<(&'a str, &'a str)> {
    let at = |transcript: &'a Transcript, index| transcript.get(index).map_or("nothing", String::as_str);
    (0..one.len().max(other.len()))
        .map(|index| (at(one, index), at(other, index)))
        .filter(|(one, other)| one != other)
        .collect()
}

/// Whether a library of this column is new enough for a function, as our list of version nodes has it.
fn has(column: &str, function: &str) -> bool {
    column.parse().is_ok_and(|release: u32| release >= exports::since(function))
}
