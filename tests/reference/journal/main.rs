//! What the functions of sd-journal.h send, case by case, from ours and from libsystemd: it must be the same, or a
//! difference that the case names.
//!
//! Each case has a `/run` of its own, in which the probe is journald; so this needs root.

mod outcome;

use libtest_mimic::{Arguments, Failed, Trial};
use outcome::Unavailable;
use sdnotify_tests::case::{self, Case};
use sdnotify_tests::left_out::left_out;
use sdnotify_tests::library::Library;
use sdnotify_tests::surroundings;
use sdnotify_tests::tree::is_root;
use std::sync::Arc;

const FILES: &[&str] = &[
    include_str!("cases/print.cases"),
    include_str!("cases/send.cases"),
    include_str!("cases/fields.cases"),
    include_str!("cases/perror.cases"),
    include_str!("cases/identifier.cases"),
    include_str!("cases/many.cases"),
    include_str!("cases/memory.cases"),
    include_str!("cases/socket.cases"),
    include_str!("cases/stream.cases"),
    include_str!("cases/refused.cases"),
];

fn main() {
    let arguments = Arguments::from_args();
    if !is_root() {
        return left_out("the journal's functions compared with libsystemd's", "needs root, for a /run of its own");
    }
    let mut unavailable = Unavailable::default();
    for library in Library::EVERY {
        if let Some(Err(reason)) = library.root() {
            left_out(&format!("{library:?}"), reason);
            unavailable.add(library);
        }
    }
    surroundings::make_the_same();
    let unavailable = Arc::new(unavailable);
    let trials = FILES.iter().flat_map(|text| case::read(text)).enumerate().map(|(index, mut case)| {
        if !case.script[0].starts_with("journal") {
            case.script.insert(0, "journal");
        }
        let unavailable = unavailable.clone();
        Trial::test(format!("{}: {}", case.function, case.title), move || run(&case, index, &unavailable))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn run(case: &Case, index: usize, unavailable: &Unavailable) -> Result<(), Failed> {
    let outcomes = outcome::run(case, index, unavailable);
    let ours = &outcomes.others["drop-in"];
    if ours.iter().all(|answer| !answer.contains("ret=")) {
        return Err(format!("the case calls nothing: {ours:?}").into());
    }
    outcomes.check(case).map_err(Failed::from)
}
