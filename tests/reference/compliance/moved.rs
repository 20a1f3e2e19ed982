//! What becomes of a run when the libraries at hand are not those that were recorded: this program is run again, with other
//! root trees and other records.

use libtest_mimic::{Completion, Failed, Trial};
use sdnotify_tests::answers::DOCUMENTS;
use sdnotify_tests::case;
use sdnotify_tests::library::{Library, RECORDED};
use sdnotify_tests::surroundings::{has_pidfs, is_real_root};
use sdnotify_tests::tree::{self, Scratch, run, top};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const OURS: &str = "the record: ";

/// A release to come: ours, but that it says of every machine that it was booted twice.
const DOCTORED: &str = "int sd_booted(void) { return 2; }\n";
const TO_COME: u32 = 263;

/// Which cases a run has.
const ALL: &str = "";
const RECORD: &str = "record";
const OF_THE_DOCTORED: &str = "sd_booted: ";

pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, body: fn() -> Result<(), Failed>| Trial::test(format!("{OURS}{name}"), body);
    // To others libsystemd need not answer as recorded, and what differs is left out.
    let with_root = |name: &str, body: fn() -> Result<(), Failed>| {
        Trial::ignorable_test(format!("{OURS}{name}"), move || {
            if is_real_root() && has_pidfs() {
                body().map(|()| Completion::Completed)
            } else {
                Ok(Completion::ignored_with("needs root and pidfs, as there were for the record"))
            }
        })
    };
    vec![
        with_root("a release without one leaves the tests green, and is counted", || {
            let scratch = Scratch::new("moved");
            let (cache, answers) = (a_release_to_come(&scratch), top().join(RECORDED));
            let said = again(&scratch, Some(&cache), &answers, ALL)?;
            let cases = case::all();
            let differ = |case: &&case::Case| {
                case.function == "sd_booted" || case.differences.iter().any(|it| it.who.contains(&"ours"))
            };
            let count = cases.iter().filter(differ).count();
            expect(said.green, "it fails", &said.text)?;
            let line =
                format!("it answers {count} of {} cases differently from 262; `make record` adopts it", cases.len());
            expect(said.text.contains(&line), &line, &said.text)?;
            expect(said.text.contains("libsystemd 262 itself: it is not at hand"), "no word of 262", &said.text)
        }),
        trial("a release that is adopted becomes the reference", || {
            let scratch = Scratch::new("moved");
            let cache = a_release_to_come(&scratch);
            let answers = copy_of_the_records(&scratch, |text| text);
            let recorded = again(&scratch, Some(&cache), &answers, RECORD)?;
            expect(recorded.green && answers.join(TO_COME.to_string()).exists(), "not recorded", &recorded.text)?;
            let said = again(&scratch, Some(&cache), &answers, OF_THE_DOCTORED)?;
            expect(!said.green, "ours is not as the new reference, and nobody says so", &said.text)?;
            let line = format!("ours is not as {TO_COME}:");
            expect(said.text.contains(&line), &line, &said.text)
        }),
        trial("without network it is enough, and said to stand in", || {
            let scratch = Scratch::new("moved");
            let said = again(&scratch, None, &top().join(RECORDED), ALL)?;
            expect(said.green, "it fails", &said.text)?;
            for release in ["257", "262"] {
                let line =
                    format!("libsystemd {release} itself: it is not at hand; its recorded answers stand for it\n");
                expect(said.left_out.contains(&line), &line, &said.text)?;
            }
            Ok(())
        }),
        with_root("a library that answers otherwise is a failure", || {
            let scratch = Scratch::new("moved");
            let Ok(release) = Library::Theirs.release() else { return Ok(()) };
            // In all records, so that they agree with one another.
            let answers = copy_of_the_records(&scratch, |text| {
                text.replace("    sd_booted\n        ret=0", "    sd_booted\n        ret=7")
            });
            let said = again(&scratch, Some(&usual_cache()), &answers, OF_THE_DOCTORED)?;
            let line = format!("{release} now is not as {release} recorded");
            expect(!said.green && said.text.contains(&line), &line, &said.text)
        }),
        trial("a case that has changed since is a failure", || {
            let scratch = Scratch::new("moved");
            let answers =
                copy_of_the_records(&scratch, |text| text.replace("    sd_booted\n", "    sd_booted again\n"));
            let said = again(&scratch, Some(&usual_cache()), &answers, OF_THE_DOCTORED)?;
            let line = "does not have this case as it is now: make record";
            expect(!said.green && said.text.contains(line), line, &said.text)
        }),
    ]
}

fn expect(right: bool, what: &str, said: &str) -> Result<(), Failed> {
    // Not as lines of this run: the summary counts those.
    let quoted = || said.lines().map(|line| format!("  | {line}\n")).collect::<String>();
    if right { Ok(()) } else { Err(format!("{what}; the run said:\n{}", quoted()).into()) }
}

struct Said {
    green: bool,
    text: String,
    left_out: String,
}

/// Runs the cases whose names contain `filter` with the root trees of `cache`, or with none and no network to get them, on
/// the records in `answers`. With [`RECORD`] it records all.
fn again(scratch: &Scratch, cache: Option<&Path>, answers: &Path, filter: &str) -> Result<Said, Failed> {
    let program = std::env::current_exe()?;
    let empty = scratch.path("empty");
    let left_out = scratch.path("left-out");
    let mut command = match cache {
        // Without the right to a network of its own nobody can make root trees either.
        None if tree::is_root() => {
            let mut command = Command::new("unshare");
            command.arg("--net").arg(program);
            command
        }
        _ => Command::new(program),
    };
    // What the documents say is another test's matter.
    command.args(["--skip", OURS, "--skip", DOCUMENTS]);
    match filter {
        RECORD => command.env("SDNOTIFY_RECORD", "yes"),
        ALL => &mut command,
        _ => command.arg(filter),
    };
    command.env("SDNOTIFY_CACHE", cache.unwrap_or(&empty)).env("SDNOTIFY_ANSWERS", answers);
    let output = command.env("SDNOTIFY_LEFT_OUT", &left_out).output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Said {
        green: output.status.success(),
        text: text(&output.stdout) + &text(&output.stderr),
        left_out: std::fs::read_to_string(left_out).unwrap_or_default(),
    })
}

fn copy_of_the_records(scratch: &Scratch, change: fn(String) -> String) -> PathBuf {
    let copy = scratch.path("answers");
    std::fs::create_dir(&copy).expect("a directory");
    for release in sdnotify_tests::library::recorded() {
        let text = std::fs::read_to_string(top().join(RECORDED).join(release.to_string())).expect("a record");
        std::fs::write(copy.join(release.to_string()), change(text)).expect("a copy");
    }
    copy
}

fn usual_cache() -> PathBuf {
    let home = || Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".cache/libsdnotify");
    std::env::var_os("SDNOTIFY_CACHE").map_or_else(home, PathBuf::from)
}

/// A directory of root trees in which Debian forky has a newer libsystemd. Loader and C library are this machine's.
fn a_release_to_come(scratch: &Scratch) -> PathBuf {
    let cache = scratch.path("cache");
    let script = top().join("tests/support/debian-root");
    let root =
        PathBuf::from(run(Command::new(&script).args(["--name", "forky"]).env("SDNOTIFY_CACHE", &cache)).trim_end());
    let libraries = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let (lib, documents) = (root.join(&libraries), root.join("usr/share/doc/libsystemd0"));
    for directory in [&lib, &documents] {
        std::fs::create_dir_all(directory).expect("a directory of the root tree");
    }
    std::fs::write(root.join(".complete"), "").expect("a mark");
    for directory in ["lib", "lib64"] {
        let there = Path::new("/").join(directory);
        if there.exists() {
            symlink(there, root.join(directory)).expect("a link to the loader");
        }
    }
    for name in ["libc.so.6", "libm.so.6", "libgcc_s.so.1"] {
        let _ = symlink(Path::new("/").join(&libraries).join(name), lib.join(name));
    }
    if let Some(Ok(trixie)) = Library::Trixie.root() {
        symlink(trixie, cache.join(trixie.file_name().expect("a name"))).expect("a link to the root tree");
    }
    let source = scratch.path("doctored.c");
    std::fs::write(&source, DOCTORED).expect("a source");
    run(Command::new("gcc")
        .args(["-shared", "-fPIC", "-Wl,-soname,libsystemd.so.0", "-Wl,--allow-multiple-definition"])
        .arg(&source)
        .args(["-Wl,--whole-archive".as_ref(), tree::installed().join("lib/libsdnotify.a").as_os_str()])
        .arg("-Wl,--no-whole-archive")
        .arg("-o")
        .arg(lib.join("libsystemd.so.0")));
    let changes = std::fs::File::create(documents.join("changelog.Debian.gz")).expect("a file");
    let mut gzip = Command::new("gzip").stdin(Stdio::piped()).stdout(changes).spawn().expect("gzip");
    writeln!(gzip.stdin.take().expect("piped"), "systemd ({TO_COME}-1) unstable; urgency=medium").expect("gzip reads");
    assert!(gzip.wait().expect("gzip ends").success());
    cache
}
