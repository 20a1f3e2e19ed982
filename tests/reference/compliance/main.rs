//! Every case of the table runs on ours, and what it does must be what libsystemd's newest recorded release does, or a
//! difference that is known. A libsystemd that can be run here must answer as recorded.
//!
//! `make record` writes the records, `make compat` the documents that come out of a run.

mod document;
mod moved;
mod outcome;
mod readable;
mod record;

use libtest_mimic::{Arguments, Completion, Trial};
use outcome::{Live, Outcomes};
use record::Records;
use sdnotify_tests::case::{self, Case};
use sdnotify_tests::left_out::noted;
use sdnotify_tests::library::Library;
use sdnotify_tests::surroundings;
use std::sync::{Arc, OnceLock};

/// The name of the one test that looks at them.
const DOCUMENTS: &str = "the documents are what the cases come to";

/// What there is to run, and what has come out of it.
struct Table {
    cases: Vec<Case>,
    live: Vec<Live>,
    records: Records,
    outcomes: Vec<OnceLock<Outcomes>>,
}

impl Table {
    fn outcomes(&self, index: usize) -> &Outcomes {
        self.outcomes[index].get_or_init(|| outcome::run(&self.cases[index], index, &self.live))
    }

    fn check(&self, index: usize) -> Result<Completion, String> {
        let (outcomes, case) = (self.outcomes(index), &self.cases[index]);
        if let Some(reason) = outcome::impossible(outcomes, case, &self.live, &self.records) {
            return Ok(Completion::ignored_with(reason));
        }
        outcome::check(outcomes, case, &self.live, &self.records).map(|()| Completion::Completed)
    }

    fn check_documents(&self) -> Result<Completion, String> {
        let verdicts: Vec<_> = (0..self.cases.len()).map(|index| self.check(index)).collect();
        // A case that fails says more than what it does to the documents.
        if verdicts.iter().any(Result::is_err) {
            return Ok(Completion::ignored_with("a case fails"));
        }
        if verdicts.iter().flatten().any(|verdict| matches!(verdict, Completion::Ignored { .. })) {
            return Ok(Completion::ignored_with("not all cases can run here"));
        }
        let outcomes: Vec<_> = (0..self.cases.len()).map(|index| self.outcomes(index)).collect();
        document::check(&self.cases, &outcomes, &self.records).map(|()| Completion::Completed)
    }
}

fn main() {
    let arguments = Arguments::from_args();
    let live = if arguments.list { Vec::new() } else { at_hand() };
    let cases = case::all();
    surroundings::make_the_same();
    if std::env::var_os("SDNOTIFY_RECORD").is_some() {
        return make_records(&cases, &live);
    }
    let records = Records::read();
    if !arguments.list {
        say_what_is_not_live(&live, &records);
    }
    let outcomes = cases.iter().map(|_| OnceLock::new()).collect();
    let table = Arc::new(Table { cases, live, records, outcomes });

    // The longest first.
    let mut trials = moved::trials();
    for (index, case) in table.cases.iter().enumerate() {
        let table = table.clone();
        trials.push(Trial::ignorable_test(case.name(), move || Ok(table.check(index)?)));
    }
    trials.push(Trial::ignorable_test(DOCUMENTS, {
        let table = table.clone();
        move || Ok(table.check_documents()?)
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
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
fn say_what_is_new(Table { cases, live, records, outcomes }: &Table) {
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

fn make_records(cases: &[Case], live: &[Live]) {
    let results: Vec<Outcomes> =
        cases.iter().enumerate().map(|(index, case)| outcome::run(case, index, live)).collect();
    for Live { library, release } in live {
        let answers: Vec<_> = results.iter().map(|outcomes| outcomes[library].clone()).collect();
        record::write(*release, cases, &answers);
        println!("recorded: libsystemd {release} ({})", library.of());
    }
}
