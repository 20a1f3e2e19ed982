//! What a stage printed: the results of cargo test (libtest and libtest-mimic), of prove and of pytest.

use std::collections::BTreeSet;

/// The tests of one stage.
#[derive(Debug, Default, PartialEq)]
pub struct Printed {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
    /// Each test that failed, and the command that runs it alone.
    pub failures: Vec<(String, String)>,
    /// Each test that did not run, with its reason.
    pub left_out: Vec<String>,
    /// Programs and modules that something looked for in vain, which matters where a test failed.
    pub missing: BTreeSet<String>,
    /// The names of those that passed, where they are printed.
    names: BTreeSet<String>,
}

/// The number in front of `word` in `line`: 3 for `failed` in "2 passed; 3 failed".
fn number_before(line: &str, word: &str) -> usize {
    let words: Vec<_> = line.split([' ', ';', ',', '=']).filter(|word| !word.is_empty()).collect();
    let number = |pair: &[&str]| if pair[1] == word { pair[0].parse().ok() } else { None };
    words.windows(2).find_map(number).unwrap_or(0)
}

/// The number behind `word` in `line`: 12 for `Tests` in "Files=3, Tests=12".
fn number_behind(line: &str, word: &str) -> usize {
    let rest = line.split_once(word).map_or("", |(_, rest)| rest.trim_start_matches(['=', ':', ' ']));
    rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
}

/// "contract" for `     Running library/contract.rs (target/tests/debug/deps/contract-0123456789abcdef)`.
fn program(line: &str) -> Option<&str> {
    let path = line.trim_start().strip_prefix("Running ")?.split_once('(')?.1.strip_suffix(')')?;
    Some(path.rsplit('/').next()?.rsplit_once('-')?.0)
}

/// What a line says was not found, by a shell, a test in Rust, Perl or Python.
fn missing(line: &str) -> Option<&str> {
    let quoted = |text: &'_ str| -> Option<(usize, usize)> {
        let start = text.find(['"', '\''])? + 1;
        Some((start, start + text[start..].find(['"', '\''])?))
    };
    if let Some(said) = line.strip_suffix(": not found").or_else(|| line.strip_suffix(": command not found")) {
        return said.rsplit(": ").next();
    }
    if let Some((_, module)) = line.split_once("Can't locate ") {
        return module.split_once(".pm in @INC").map(|(name, _)| name);
    }
    let rest = if line.contains("No such file or directory (os error 2)") {
        line
    } else {
        ["Can't exec ", "No module named ", "FileNotFoundError: "]
            .iter()
            .find_map(|start| line.split_once(start).map(|(_, rest)| rest))?
    };
    quoted(rest).map(|(start, end)| &rest[start..end])
}

fn command_for_rust(program: &str, test: &str) -> String {
    match program {
        "libsdnotify_engine" => format!("cargo test --package libsdnotify-engine -- --exact '{test}'"),
        // Both the C library's and the command's.
        "sdnotify" => format!("cargo test --workspace -- --exact '{test}'"),
        "documentation" => format!("cargo test --workspace --doc -- '{test}'"),
        _ => format!("tests/run {program} --exact '{test}'"),
    }
}

impl Printed {
    pub fn read(text: &str) -> Printed {
        let mut it = Printed::default();
        let mut current = String::new();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            it.missing.extend(missing(line).map(str::to_owned));
            if let Some(program) = program(line) {
                current = program.to_owned();
            } else if line.trim_start().starts_with("Doc-tests ") {
                current = "documentation".to_owned();
            } else if line.starts_with("test result: ") {
                it.passed += number_before(line, "passed");
                it.failed += number_before(line, "failed");
                it.skipped += number_before(line, "ignored");
            } else if let Some((test, reason)) =
                line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ignored"))
            {
                // libtest and libtest-mimic write the reason differently.
                let reason = reason.trim_matches([',', ' ']);
                let bare = reason.strip_prefix('(').and_then(|reason| reason.strip_suffix(')')).unwrap_or(reason);
                it.left_out.push(format!("{}: {bare}", test.trim_end()));
            } else if let Some(test) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... ok")) {
                it.names.insert(test.to_owned());
            } else if line == "failures:" {
                while let Some(test) = lines.next_if(|next| next.starts_with("    ")) {
                    it.failures.push((format!("{current}: {}", test.trim()), command_for_rust(&current, test.trim())));
                }
            } else {
                it.prove(line);
                it.pytest(line);
            }
        }
        it
    }

    /// Lines `TEST: REASON` of tests that were left out. To its runner a test that leaves itself out has passed.
    pub fn leave_out<'a>(&mut self, lines: impl Iterator<Item = &'a str>) {
        for line in lines {
            if line.match_indices(": ").any(|(end, _)| self.names.remove(&line[..end])) {
                self.passed = self.passed.saturating_sub(1);
            }
            self.left_out.push(line.to_owned());
        }
        self.skipped = self.skipped.max(self.left_out.len());
    }

    /// What tests/support/left-behind has found after a stage; each is a failure, of no test in particular.
    pub fn left_behind(&mut self, text: &str, stage: &str) {
        for line in text.lines().filter(|line| line.starts_with("left behind: ")) {
            self.failed += 1;
            self.failures.push((line.to_owned(), format!("make check STAGES={stage}")));
        }
    }

    fn prove(&mut self, line: &str) {
        if line.starts_with("Files=") {
            // Those that failed were counted where they are named, above.
            self.passed += number_behind(line, "Tests");
        } else if line.contains(" (Wstat: ") && line.contains(" Failed: ") {
            let failed = number_behind(line, "Failed");
            self.passed = self.passed.saturating_sub(failed);
            self.failed += failed.max(1);
            let file = line.split(" (Wstat").next().unwrap_or_default().trim();
            self.failures.push((file.to_owned(), format!("prove {file}, as the stage does it")));
        } else if let Some((file, reason)) = line.split_once(" skipped: ") {
            if file.contains(".t ..") {
                self.skipped += 1;
                self.left_out.push(format!("{}: {reason}", file.trim_end_matches(['.', ' '])));
            }
        } else if let Some((test, reason)) = line.split_once(" # skip ")
            && test.starts_with("ok ")
        {
            self.passed = self.passed.saturating_sub(1);
            self.skipped += 1;
            self.left_out.push(reason.to_owned());
        }
    }

    fn pytest(&mut self, line: &str) {
        let bare = line.trim_matches(['=', ' ']);
        if bare
            .split_once(" in ")
            .is_some_and(|(_, time)| time.contains('s') && time.starts_with(|c: char| c.is_ascii_digit()))
        {
            self.passed += number_before(bare, "passed");
            self.failed += number_before(bare, "failed") + number_before(bare, "error") + number_before(bare, "errors");
            self.skipped += number_before(bare, "skipped");
        } else if let Some(test) = line.strip_prefix("FAILED ").or_else(|| line.strip_prefix("ERROR ")) {
            if let Some(name) = test.split(" - ").next().filter(|name| name.contains(".py")) {
                self.failures
                    .push((name.to_owned(), format!("PYTEST_ADDOPTS='-k {}' tests/stages/55-python", short(name))));
            }
        } else if let Some(reason) = line.strip_prefix("SKIPPED [") {
            self.left_out.push(reason.split_once("] ").map_or(reason, |(_, reason)| reason).to_owned());
        }
    }
}

/// "test_parts" for `tests/test_aio.py::test_parts[3]`.
fn short(test: &str) -> &str {
    let name = test.rsplit("::").next().unwrap_or(test);
    name.split('[').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::Printed;

    #[test]
    fn of_cargo() {
        let read = Printed::read(
            "     Running library/contract.rs (target/tests/debug/deps/contract-0a1b)\n\nrunning 3 tests\n\
             test a::b ... ok\ntest a: c, d ... FAILED\ntest e ... ignored, takes minutes\ntest f   ... ignored (needs (a))\n\nfailures:\n\n---- a: c, d stdout ----\n\
             failures:\n    a: c, d\n\ntest result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1s\n",
        );
        assert_eq!((read.passed, read.failed, read.skipped), (1, 1, 1));
        assert_eq!(
            read.failures,
            [("contract: a: c, d".to_owned(), "tests/run contract --exact 'a: c, d'".to_owned())]
        );
        assert_eq!(read.left_out, ["e: takes minutes", "f: needs (a)"]);
    }

    #[test]
    fn of_a_test_that_leaves_itself_out() {
        let mut read = Printed::read(
            "test a::b ... ok\ntest c: d ... ok\ntest e ... ok\n\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 measured\n",
        );
        read.leave_out(["a::b: only root may", "c: d: no network", "vsock: not here"].into_iter());
        assert_eq!((read.passed, read.failed, read.skipped), (1, 0, 3));
    }

    #[test]
    fn of_a_stage_that_leaves_files() {
        let text = "test a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured\n\
                    left behind: in the checkout: ./tests/socket\nleft behind: process 7: sleep 9\n";
        let mut read = Printed::read(text);
        read.left_behind(text, "37-journal");
        assert_eq!((read.passed, read.failed, read.skipped), (1, 2, 0));
        let command = "make check STAGES=37-journal".to_owned();
        assert_eq!(read.failures[0], ("left behind: in the checkout: ./tests/socket".to_owned(), command));
    }

    #[test]
    fn of_programs_that_are_not_there() {
        let read = Printed::read(
            "command-8.sh: 2: cgi-fcgi: not found\ntests/demo: line 9: redis-cli: command not found\n\
             \"mandoc\" \"-T\" \"lint\": No such file or directory (os error 2)\n\
             Can't locate Net/Server.pm in @INC (you may need to install it)\nCan't exec \"cpanm\": No such file\n\
             ModuleNotFoundError: No module named 'trio'\n\
             FileNotFoundError: [Errno 2] No such file or directory: 'gunicorn'\nunit x.service could not be found\n",
        );
        let found: Vec<_> = read.missing.iter().map(String::as_str).collect();
        assert_eq!(found, ["Net/Server", "cgi-fcgi", "cpanm", "gunicorn", "mandoc", "redis-cli", "trio"]);
    }

    #[test]
    fn of_prove() {
        let read = Printed::read(
            "t/a.t ........ ok\nt/b.t .. skipped: no manager\nok 4 # skip not root\nFiles=3, Tests=20,  1 wallclock secs\n\
             t/c.t (Wstat: 256 (exited 1) Tests: 9 Failed: 2)\n  Failed tests:  3, 5\n",
        );
        assert_eq!((read.passed, read.failed, read.skipped), (18, 2, 2));
        assert_eq!(read.left_out, ["t/b.t: no manager", "not root"]);
    }

    #[test]
    fn of_pytest() {
        let read = Printed::read(
            "SKIPPED [1] tests/test_a.py:3: only root may\nFAILED tests/test_b.py::test_c[1] - AssertionError\n\
             1 failed, 117 passed, 1 skipped in 12.34s\n",
        );
        assert_eq!((read.passed, read.failed, read.skipped), (117, 1, 1));
        assert_eq!(read.failures[0].1, "PYTEST_ADDOPTS='-k test_c' tests/stages/55-python");
        assert_eq!(read.left_out, ["tests/test_a.py:3: only root may"]);
    }
}
