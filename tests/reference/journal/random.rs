//! Random calls of the functions of sd-journal.h that write, on ours and on libsystemd, as tests/reference/fuzz does with
//! those of sd-daemon.h.

mod entries;
#[path = "../fuzz/lockstep.rs"]
mod lockstep;
#[path = "../fuzz/run.rs"]
mod run;
#[path = "../fuzz/subject.rs"]
mod subject;

use lockstep::{Case, Compared};
use proptest::strategy::Strategy;
use sdnotify_tests::left_out::left_out;
use sdnotify_tests::library::Library;
use sdnotify_tests::probe::Probe;
use sdnotify_tests::tree;
use subject::Subject;

static SUBJECT: Subject = Subject {
    start,
    case: || entries::case().boxed(),
    after: &["received"],
    is_explained,
    seeds: "1 10000\n2 10000\n",
};

fn main() {
    if run::lists("journal-random") {
        return;
    }
    let libraries = lockstep::libraries();
    if tree::is_root() {
        run::all(&libraries, &SUBJECT);
    } else {
        left_out("random entries for the journal", "needs root, for a /run of its own");
    }
}

/// With a journald of its own, which is the probe itself.
fn start(library: Library) -> Probe {
    let mut probe = Probe::start_journal(library);
    let answer = probe.ask("journal");
    assert_eq!(answer, "ok", "{library:?}");
    probe
}

/// What older releases do otherwise, as the cases say too: they are less strict about the program's name, and call the
/// memory file by another one.
fn is_explained((_, reference): (Compared, &[String]), (other, mine): (Compared, &[String]), case: &Case) -> bool {
    if delivered(mine) == delivered(reference) {
        return true;
    }
    let in_a_file = mine.last().is_some_and(|received| received.contains(" fds="));
    let name = case.iter().find_map(|command| command.strip_prefix("name "));
    !other.library.is_ours() && other.release < 262 && (in_a_file || name.is_some_and(entries::is_odd))
}

/// The answers without the way that a large entry took. The kernel wants up to 4 MiB of memory in one piece for a datagram,
/// and has it at one time and not at another; without it, the entry goes as a file.
fn delivered(answers: &[String]) -> Option<Vec<String>> {
    let (received, before) = answers.split_last()?;
    let (_, whole) =
        received.strip_prefix("messages=[")?.split_once("#").filter(|_| received.matches('[').count() == 1)?;
    let size: usize = received.rsplit_once('#')?.0.rsplit(['=', '[']).next()?.parse().ok()?;
    let hash: String = whole.chars().take_while(char::is_ascii_hexdigit).collect();
    // What is smaller has its memory at any time, and what is larger never goes as a datagram.
    (100_000..4_263_616).contains(&size).then(|| [before, &[format!("{size}#{hash}")]].concat())
}
