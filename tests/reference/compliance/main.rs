//! The functions of sd-daemon.h, case by case (tests/support/answers.rs).

mod moved;

use libtest_mimic::Arguments;
use sdnotify_tests::answers::{self, Document, Subject};
use sdnotify_tests::case;
use sdnotify_tests::library::records;
use sdnotify_tests::probe::Probe;

fn main() {
    let arguments = Arguments::from_args();
    let subject = Subject {
        directory: "tests/reference/compliance",
        records: records(),
        cases: case::all(),
        start: Probe::start,
        document: Document {
            preface: include_str!("preface.md"),
            heading: "##",
            next: &["\n## Writing to the journal\n", "\n## Unmodified daemons"],
            list: "docs/compatibility.md",
            list_preface: include_str!("matrix.md"),
        },
    };
    answers::run(&arguments, subject, moved::trials());
}
