//! Every case of a table runs on ours, and what it does must be what libsystemd's newest recorded release does, or a
//! difference that is known. A libsystemd that can be run here must answer as recorded.
//!
//! `make record` writes the records, `make compat` the documents that come out of a run.

mod document;
mod outcome;
mod readable;
mod record;

use crate::case::Case;
use crate::left_out::noted;
use crate::library::Library;
use crate::probe::Probe;
use crate::surroundings;
pub use document::Document;
use libtest_mimic::{Arguments, Completion, Trial};
use outcome::{Live, Outcomes};
use record::Records;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// The name of the one test that looks at them.
pub const DOCUMENTS: &str = "the documents are what the cases come to";

/// A table of cases, and what belongs to it.
pub struct Subject {
    /// Where the cases are.
    pub directory: &'static str,
    /// Where the answers are recorded, a file for each release.
    pub records: PathBuf,
    pub cases: Vec<Case>,
    /// A probe of a library.
    pub start: fn(Library) -> Probe,
    pub document: Document,
}

/// What there is to run, and what has come out of it.
struct Table {
    subject: Subject,
    live: Vec<Live>,
    records: Records,
    outcomes: Vec<OnceLock<Outcomes>>,
}

impl Table {
    fn outcomes(&self, index: usize) -> &Outcomes {
        self.outcomes[index].get_or_init(|| outcome::run(&self.subject, index, &self.live))
    }

    fn check(&self, index: usize) -> Result<Completion, String> {
        let (outcomes, case) = (self.outcomes(index), &self.subject.cases[index]);
        if let Some(reason) = outcome::impossible(outcomes, case, &self.live, &self.records) {
            return Ok(Completion::ignored_with(reason));
        }
        outcome::check(outcomes, case, &self.live, &self.records).map(|()| Completion::Completed)
    }

    fn check_documents(&self) -> Result<Completion, String> {
        let cases = &self.subject.cases;
        let verdicts: Vec<_> = (0..cases.len()).map(|index| self.check(index)).collect();
        // A case that fails says more than what it does to the documents.
        if verdicts.iter().any(Result::is_err) {
            return Ok(Completion::ignored_with("a case fails"));
        }
        if verdicts.iter().flatten().any(|verdict| matches!(verdict, Completion::Ignored { .. })) {
            return Ok(Completion::ignored_with("not all cases can run here"));
        }
        let outcomes: Vec<_> = (0..cases.len()).map(|index| self.outcomes(index)).collect();
        self.subject.document.check(cases, &outcomes, &self.records).map(|()| Completion::Completed)
    }
}

/// Runs the table, and the trials of the program's own; or makes the records where `$SDNOTIFY_RECORD` is set.
pub fn run(arguments: &Arguments, subject: Subject, more: Vec<Trial>) {
    let live = if arguments.list { Vec::new() } else { at_hand() };
    // Not before: a root tree may have to be fetched.
    surroundings::make_the_same();
    if std::env::var_os("SDNOTIFY_RECORD").is_some() {
        return make_records(&subject, &live);
    }
    let records = Records::read(&subject.records);
    if !arguments.list {
        say_what_is_not_live(&live, &records);
    }
    let outcomes = subject.cases.iter().map(|_| OnceLock::new()).collect();
    let table = Arc::new(Table { subject, live, records, outcomes });

    // The longest first.
    let mut trials = more;
    for (index, case) in table.subject.cases.iter().enumerate() {
        let table = table.clone();
        trials.push(Trial::ignorable_test(case.name(), move || Ok(table.check(index)?)));
    }
    trials.push(Trial::ignorable_test(DOCUMENTS, {
        let table = table.clone();
        move || Ok(table.check_documents()?)
    }));
    let conclusion = libtest_mimic::run(arguments, trials);
    say_what_is_new(&table);
    conclusion.exit();
}

/// Each libsystemd that can be run here. Those that cannot be are no failure: there are records.
fn at_hand() -> Vec<Live> {
    let mut live = Vec::new();
    for library in Library::EVERY.into_iter().filter(|library| !library.is_ours()) {
        match library.release() {
            Ok(release) => live.push(Live { library, release }),
            Err(reason) => noted(library.of(), &reason),
        }
    }
    live
}

fn say_what_is_not_live(live: &[Live], records: &Records) {
    for release in records.older().chain([records.reference()]) {
        if !live.iter().any(|live| live.release == release) {
            noted(&format!("libsystemd {release} itself"), "it is not at hand; its recorded answers stand for it");
        }
    }
}

/// A release without a record is no failure either, but there is something to do.
fn say_what_is_new(Table { subject, live, records, outcomes }: &Table) {
    let cases = &subject.cases;
    let Some(outcomes) = outcomes.iter().map(OnceLock::get).collect::<Option<Vec<_>>>() else {
        return; // not all cases were to run
    };
    for Live { library, release } in live.iter().filter(|live| !records.has(live.release)) {
        let nearest = records.nearest(*release);
        let differ = |(case, outcomes): &(&Case, &&Outcomes)| {
            records.answers(nearest, case).is_ok_and(|recorded| outcomes[library] != recorded)
        };
        let differing: Vec<_> = cases.iter().zip(&outcomes).filter(differ).map(|(case, _)| case.name()).collect();
        let count = format!("it answers {} of {} cases differently from {nearest}", differing.len(), cases.len());
        noted(&format!("libsystemd {release}, which has no record"), &format!("{count}; `make record` adopts it"));
        differing.iter().for_each(|name| println!("  differs in {release}: {name}"));
    }
}

fn make_records(subject: &Subject, live: &[Live]) {
    let results: Vec<Outcomes> = (0..subject.cases.len()).map(|index| outcome::run(subject, index, live)).collect();
    for Live { library, release } in live {
        let answers: Vec<_> = results.iter().map(|outcomes| outcomes[library].clone()).collect();
        record::write(subject, *release, &answers);
        println!("recorded: libsystemd {release} ({})", library.of());
    }
}
