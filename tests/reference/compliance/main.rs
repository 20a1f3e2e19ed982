//! Every case of the table runs on all libraries; what they do must be the same, or a difference that is known.
//!
//! The result is COMPAT.md, which must be what the run says: `make compat` writes it.

mod case;
mod document;
mod outcome;
#[path = "../surroundings.rs"]
mod surroundings;

use case::Case;
use libtest_mimic::{Arguments, Failed, Trial};
use outcome::{Outcomes, Unavailable};
use sdnotify_tests::left_out::left_out;
use sdnotify_tests::library::Library;
use std::sync::{Arc, Mutex};

fn main() {
    let arguments = Arguments::from_args();
    let mut unavailable = Unavailable::default();
    for library in Library::EVERY {
        if let Some(Err(reason)) = library.root() {
            left_out(&format!("{library:?}"), &reason);
            unavailable.add(library);
        }
    }
    surroundings::make_the_same();
    let unavailable = Arc::new(unavailable);
    let results: Arc<Mutex<Vec<Option<Outcomes>>>> = Arc::default();
    let cases: Arc<Vec<Case>> = Arc::new(case::all());
    results.lock().expect("not poisoned").resize_with(cases.len(), || None);

    let trials = (0..cases.len())
        .map(|index| {
            let (cases, results, unavailable) = (cases.clone(), results.clone(), unavailable.clone());
            let name = format!("{}: {}", cases[index].function, cases[index].title);
            Trial::test(name, move || {
                let outcomes = outcome::run(&cases[index], index, &unavailable);
                let verdict = outcomes.check(&cases[index]);
                results.lock().expect("not poisoned")[index] = Some(outcomes);
                verdict.map_err(Failed::from)
            })
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let mut failed = conclusion.has_failed();

    let results: Option<Vec<Outcomes>> = results.lock().expect("not poisoned").drain(..).collect();
    match results {
        None => println!("COMPAT.md was not looked at: not all cases ran"),
        Some(_) if !unavailable.is_empty() => println!("COMPAT.md was not looked at: a library is left out"),
        Some(results) => match document::check(&cases, &results) {
            Ok(()) => println!("COMPAT.md is what this run says"),
            Err(error) => {
                println!("{error}");
                failed = true;
            }
        },
    }
    std::process::exit(if failed { 101 } else { 0 });
}
