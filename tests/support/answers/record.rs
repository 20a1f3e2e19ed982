//! What each release of libsystemd answers to the cases, as recorded in tests/reference/answers/: one file a release,
//! which `make record` writes where that release can be run.
//!
//! ```text
//! sd_notify: the state is NULL
//!     sd_notify 0 -
//!         ret=0
//! ```

use super::Subject;
use super::outcome::{Transcript, commands};
use crate::case::Case;
use crate::library::recorded_in;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// By the case's name, each command and its answer.
pub type Record = BTreeMap<String, Vec<(String, String)>>;

/// The records by release; the newest release is the reference.
pub struct Records(BTreeMap<u32, Record>);

impl Records {
    pub fn read(directory: &Path) -> Records {
        let read = |release: u32| {
            let path = directory.join(release.to_string());
            parse(&std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        };
        Records(recorded_in(directory).into_iter().map(|release| (release, read(release))).collect())
    }

    pub fn reference(&self) -> u32 {
        *self.0.keys().next_back().expect("at least one release has a record")
    }

    /// All but the reference.
    pub fn older(&self) -> impl Iterator<Item = u32> {
        let reference = self.reference();
        self.0.keys().copied().filter(move |release| *release != reference)
    }

    /// The newest recorded release that is not newer than this one.
    pub fn nearest(&self, release: u32) -> u32 {
        self.0.range(..=release).next_back().map_or(self.reference(), |(release, _)| *release)
    }

    pub fn has(&self, release: u32) -> bool {
        self.0.contains_key(&release)
    }

    /// What a release answered; an error when the case was another when it was recorded.
    pub fn answers(&self, release: u32, case: &Case) -> Result<Transcript, String> {
        let stale = || format!("the record of {release} does not have this case as it is now: make record");
        let pairs = self.0.get(&release).and_then(|record| record.get(&case.name())).ok_or_else(stale)?;
        let same = commands(case).zip(pairs).all(|(command, (recorded, _))| command == recorded);
        let answers: Transcript = pairs.iter().map(|(_, answer)| answer.clone()).collect();
        // A process that died answers nothing more.
        let whole =
            answers.len() == commands(case).count() || answers.last().is_some_and(|last| last.contains("signal: "));
        if same && whole { Ok(answers) } else { Err(stale()) }
    }
}

fn parse(text: &str) -> Record {
    let mut record = Record::new();
    let mut name = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let pairs = record.entry(name.clone()).or_default();
        if let Some(answer) = line.strip_prefix("        ") {
            pairs.last_mut().expect("a command stands before its answer").1 = answer.to_owned();
        } else if let Some(command) = line.strip_prefix("    ") {
            pairs.push((command.to_owned(), String::new()));
        } else {
            name = line.to_owned();
        }
    }
    record.retain(|_, pairs| !pairs.is_empty());
    record
}

/// Writes what a release has answered to all cases.
pub fn write(subject: &Subject, release: u32, answers: &[Transcript]) {
    let mut text =
        format!("# What libsystemd {release} answers to the cases of {}. Made by `make record`.\n", subject.directory);
    for (case, answers) in subject.cases.iter().zip(answers) {
        writeln!(text, "\n{}", case.name()).expect("a string grows");
        for (command, answer) in commands(case).zip(answers) {
            writeln!(text, "    {command}\n        {answer}").expect("a string grows");
        }
    }
    let path = subject.records.join(release.to_string());
    std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
