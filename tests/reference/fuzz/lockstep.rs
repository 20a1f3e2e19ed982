//! The same commands to several probes at a time, and whether they answer the same.

use crate::subject::Subject;
use proptest::test_runner::TestCaseError;
use sdnotify_tests::left_out::noted;
use sdnotify_tests::library::{Library, recorded};
use sdnotify_tests::probe::{Probe, text};
use sdnotify_tests::tree::Scratch;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::UnixListener;
use std::path::Path;

pub type Case = Vec<String>;

/// A library, and the release of systemd whose behaviour it is to have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Compared {
    pub library: Library,
    pub release: u32,
}

/// Those that can be run here and whose differences are known, the reference first.
pub fn libraries() -> Vec<Compared> {
    let recorded = recorded();
    let newest = *recorded.last().expect("tests/reference/answers/ has a record");
    let mut libraries: Vec<_> =
        [Library::Ours, Library::DropIn].map(|library| Compared { library, release: newest }).to_vec();
    for library in Library::EVERY.into_iter().filter(|library| !library.is_ours()) {
        match library.release() {
            Ok(release) if release == newest => libraries.insert(0, Compared { library, release }),
            Ok(release) if recorded.contains(&release) => libraries.push(Compared { library, release }),
            Ok(release) => noted(&format!("random calls on libsystemd {release}"), "it has no record"),
            Err(reason) => noted(&format!("random calls on {}", library.of()), &reason),
        }
    }
    libraries
}

struct Runner {
    compared: Compared,
    after: &'static [&'static str],
    probe: Probe,
    /// As long for one library as for another.
    id: String,
    directory: String,
}

pub struct Lockstep {
    subject: &'static Subject,
    /// The reference is the first.
    runners: Vec<Runner>,
    scratch: Scratch,
    batches: u64,
    /// A difference was seen: what it comes from is now looked for.
    differed: bool,
    /// Calls that ran on the reference and on ours.
    pub compared: u64,
    /// How often which function was called, and answered how.
    pub kinds: BTreeMap<String, u64>,
}

/// One batch in so many runs on all libraries, the others on the reference and ours.
const ALL_EVERY: u64 = 8;

impl Lockstep {
    pub fn start(libraries: &[Compared], subject: &'static Subject) -> Lockstep {
        let scratch = Scratch::new("fuzz");
        std::fs::create_dir_all(scratch.path("")).expect("a directory");
        let start = |(index, compared): (usize, &Compared)| Runner::start(*compared, subject, index, &scratch);
        let runners = libraries.iter().enumerate().map(start).collect();
        Lockstep { subject, runners, scratch, batches: 0, differed: false, compared: 0, kinds: BTreeMap::new() }
    }

    pub fn run(&mut self, batch: &[Case]) -> Result<(), TestCaseError> {
        let all = self.differed || self.batches.is_multiple_of(ALL_EVERY);
        self.batches += 1;
        let taking_part: Vec<usize> = (0..self.runners.len())
            .filter(|index| all || *index == 0 || self.runners[*index].compared.library == Library::Ours)
            .collect();
        for index in &taking_part {
            // A probe that died early says so below.
            let _ = self.runners[*index].send(batch);
        }
        let mut answers: Vec<(Compared, Vec<Vec<String>>)> = Vec::new();
        let mut death = None;
        for index in taking_part {
            match self.runners[index].answers(batch) {
                Ok(all) => answers.push((self.runners[index].compared, all)),
                Err(how) => {
                    let compared = self.runners[index].compared;
                    self.runners[index] = Runner::start(compared, self.subject, index, &self.scratch);
                    death = Some(format!("{compared:?} died: {how}"));
                }
            }
        }
        if let Some(death) = death {
            self.differed = true;
            return Err(TestCaseError::fail(death));
        }
        let ((first, reference), others) = answers.split_first().expect("one library at least");
        for (compared, answers) in others {
            for ((case, mine), theirs) in batch.iter().zip(answers).zip(reference) {
                if mine != theirs && !(self.subject.is_explained)((*first, theirs), (*compared, mine), case) {
                    self.differed = true;
                    let (mine, theirs) = (mine.join("\n    "), theirs.join("\n    "));
                    return Err(TestCaseError::fail(format!(
                        "{compared:?} differs from {first:?} in\n    {}\n  {compared:?}:\n    {mine}\n  reference:\n    {theirs}",
                        case.join(";")
                    )));
                }
            }
        }
        self.compared += batch.len() as u64;
        for (case, answers) in batch.iter().zip(reference) {
            self.count(case, answers);
        }
        Ok(())
    }

    fn count(&mut self, case: &Case, answers: &[String]) {
        let call = case.iter().zip(answers).find_map(|(command, answer)| {
            let mut words = command.split(' ').filter(|word| *word != "format");
            let function = words.next().filter(|word| word.starts_with("sd_"))?;
            let result = answer.split(' ').next()?.strip_prefix("ret=")?;
            Some(format!("{function} {}", if result.starts_with('-') { result } else { "ok" }))
        });
        *self.kinds.entry(call.unwrap_or("no call".to_owned())).or_default() += 1;
    }
}

/// Everything that a case could leave there is there from the start: not all probes see all cases.
fn furnish(directory: &Path) -> std::io::Result<()> {
    std::fs::create_dir(directory)?;
    for name in ["file", "other"] {
        std::fs::write(directory.join(name), "")?;
    }
    for name in ["socket", "bound", "b"] {
        UnixListener::bind(directory.join(name))?;
    }
    for name in ["fifo", "pipe"] {
        let path = CString::new(directory.join(name).into_os_string().into_vec())?;
        // SAFETY: the path is NUL-terminated, and alive during the call.
        if unsafe { libc::mkfifo(path.as_ptr(), 0o600) } < 0 {
            return Err(std::io::Error::last_os_error());
        }
    }
    Ok(())
}

impl Runner {
    fn start(compared: Compared, subject: &'static Subject, index: usize, scratch: &Scratch) -> Runner {
        let directory = scratch.path(&format!("library{index}"));
        let _ = std::fs::remove_dir_all(&directory);
        furnish(&directory).expect("a directory for the probe");
        let probe = (subject.start)(compared.library);
        probe.deep_pipes();
        let id = format!("sdf-{:07}-{index}", std::process::id());
        Runner { compared, after: subject.after, probe, id, directory: directory.display().to_string() }
    }

    fn send(&mut self, batch: &[Case]) -> Result<(), std::io::Error> {
        let mut lines = String::new();
        for case in batch {
            lines += &case.join(";").replace("{id}", &self.id).replace("{dir}", &self.directory);
            self.after.iter().for_each(|command| lines += &format!(";{command}"));
            lines.push('\n');
        }
        self.probe.try_tell(lines.trim_end())
    }

    /// Case by case; how the probe died, if it did.
    fn answers(&mut self, batch: &[Case]) -> Result<Vec<Vec<String>>, String> {
        let hexadecimal = |text_: &str| text(text_.as_bytes())[1..].to_owned();
        let (id, directory) = (hexadecimal(&self.id), hexadecimal(&self.directory));
        batch
            .iter()
            .map(|case| {
                (0..case.len() + self.after.len())
                    .map(|_| Ok(self.probe.try_answer()?.replace(&id, "{id}").replace(&directory, "{dir}")))
                    .collect()
            })
            .collect()
    }
}
