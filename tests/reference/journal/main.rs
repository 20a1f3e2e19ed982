//! The functions of sd-journal.h that write, case by case (tests/support/answers.rs): what is compared is above all what they
//! send.
//!
//! Each case has a `/run` of its own, in which the probe is journald; so this needs root.

use libtest_mimic::Arguments;
use sdnotify_tests::answers::{self, Document, Subject};
use sdnotify_tests::case::{self, Case};
use sdnotify_tests::left_out::left_out;
use sdnotify_tests::library::records;
use sdnotify_tests::probe::Probe;
use sdnotify_tests::tree::is_root;

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
    let subject = Subject {
        directory: "tests/reference/journal",
        records: records().join("journal"),
        cases: FILES.iter().flat_map(|text| case::read(text)).map(with_a_journal).collect(),
        start: Probe::start_journal,
        document: Document {
            preface: include_str!("preface.md"),
            heading: "###",
            next: &["\n## Unmodified daemons"],
            list: "docs/compatibility-journal.md",
            list_preface: include_str!("matrix.md"),
        },
    };
    answers::run(&arguments, subject, Vec::new());
}

fn with_a_journal(mut case: Case) -> Case {
    if !case.script[0].starts_with("journal") {
        case.script.insert(0, "journal");
    }
    case
}
