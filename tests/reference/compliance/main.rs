//! Every case of the table runs on ours, and what it does must be what libsystemd's newest recorded release does, or a
//! difference that is known. A libsystemd that can be run here must answer as recorded.
//!
//! `make record` writes the records, `make compat` the documents that come out of a run.

mod document;
mod moved;
mod outcome;
mod readable;
mod record;
#[path = "../surroundings.rs"]
mod surroundings;

use libtest_mimic::{Arguments, Failed, Trial};
use outcome::{Live, Outcomes};
use record::Records;
use sdnotify_tests::case::{self, Case};
use sdnotify_tests::left_out::noted;
use sdnotify_tests::library::Library;
use std::process::exit;
use std::sync::{Arc, Mutex};

type Results = Arc<Mutex<Vec<Option<Outcomes>>>>;

fn main() {
    let arguments = Arguments::from_args();
    let live: Arc<Vec<Live>> = Arc::new(if arguments.list { Vec::new() } else { at_hand() });
    let cases: Arc<Vec<Case>> = Arc::new(case::all());
    surroundings::make_the_same();
    if std::env::var_os("SDNOTIFY_RECORD").is_some() {
        return make_records(&cases, &live);
    }
    let records = Arc::new(Records::read());
    if !arguments.list {
        say_what_is_not_live(&live, &records);
    }

    let results: Results = Arc::default();
    results.lock().expect("not poisoned").resize_with(cases.len(), || None);
    let mut trials: Vec<Trial> = (0..cases.len())
        .map(|index| {
            let (cases, results, live, records) = (cases.clone(), results.clone(), live.clone(), records.clone());
            Trial::test(cases[index].name(), move || {
                let outcomes = outcome::run(&cases[index], index, &live);
                let verdict = outcome::check(&outcomes, &cases[index], &live, &records);
                results.lock().expect("not poisoned")[index] = Some(outcomes);
                verdict.map_err(Failed::from)
            })
        })
        .collect();
    trials.extend(moved::trials());
    let conclusion = libtest_mimic::run(&arguments, trials);

    let results: Option<Vec<Outcomes>> = results.lock().expect("not poisoned").drain(..).collect();
    let Some(results) = results else {
        println!("the documents were not looked at: not all cases ran");
        exit(if conclusion.has_failed() { 101 } else { 0 });
    };
    say_what_is_new(&cases, &results, &live, &records);
    // A case that fails says more than what it does to the documents.
    if conclusion.has_failed() {
        exit(101);
    }
    match document::check(&cases, &results, &records) {
        Ok(()) => println!("COMPAT.md and docs/compatibility.md are what this run says"),
        Err(error) => {
            println!("{error}");
            exit(101);
        }
    }
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
fn say_what_is_new(cases: &[Case], results: &[Outcomes], live: &[Live], records: &Records) {
    for Live { library, release } in live.iter().filter(|live| !records.has(live.release)) {
        let nearest = records.nearest(*release);
        let differ = |(case, outcomes): &(&Case, &Outcomes)| {
            records.answers(nearest, case).is_ok_and(|recorded| outcomes[library] != recorded)
        };
        let differing: Vec<_> = cases.iter().zip(results).filter(differ).map(|(case, _)| case.name()).collect();
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
