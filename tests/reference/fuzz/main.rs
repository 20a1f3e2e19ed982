//! Random calls, on ours and on libsystemd: what the table of cases (tests/reference/compliance) has not thought of.
//!
//! Every case is a few commands to the probe, made from a seed. The newest recorded release of libsystemd and ours run them
//! all; one batch in eight runs on older recorded releases and our drop-in too. A difference must be a known one. Where the
//! newest is not at hand, ours takes its place, and is compared with what there is.

mod calls;
mod known;
mod lockstep;
mod run;
mod subject;
mod texts;

use proptest::strategy::Strategy;
use sdnotify_tests::probe::Probe;
use sdnotify_tests::tree::top;
use subject::Subject;

/// The functions of sd-daemon.h.
static SUBJECT: Subject = Subject {
    start: Probe::start,
    case: || calls::case().boxed(),
    after: &["received", "state", "reset"],
    is_explained: known::is_explained,
    seeds: include_str!("seeds"),
};

fn main() {
    if run::lists("fuzz") {
        return;
    }
    let document = std::fs::read_to_string(top().join("docs/compatibility.md")).expect("docs/compatibility.md");
    known::check(&document).unwrap_or_else(|error| panic!("{error}"));
    run::all(&lockstep::libraries(), &SUBJECT);
}
