//! Batches of cases from seeds, until there are enough or one differs.

use crate::lockstep::{Compared, Lockstep};
use crate::subject::Subject;
use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use sdnotify_tests::surroundings;

/// Cases that are sent at a time, on average.
const BATCH: usize = 100;

/// The recorded seeds, or `$FUZZ_CASES` from `$FUZZ_SEED` or the time.
pub fn all(libraries: &[Compared], subject: &'static Subject) {
    surroundings::make_the_same();
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse().expect("a number"));
    match number("FUZZ_CASES") {
        Some(cases) => {
            let clock = || std::time::UNIX_EPOCH.elapsed().map_or(0, |now| now.as_secs());
            run(libraries, subject, number("FUZZ_SEED").unwrap_or_else(clock), cases);
        }
        None => {
            for line in subject.seeds.lines().filter(|line| !line.starts_with('#')) {
                let (seed, cases) = line.split_once(' ').expect("SEED CASES");
                run(libraries, subject, seed.parse().expect("a seed"), cases.parse().expect("a number of cases"));
            }
        }
    }
}

/// As cargo's own test programs do, for `cargo test -- --list` and the like.
pub fn lists(name: &str) -> bool {
    let asked = std::env::args().any(|argument| argument == "--list");
    if asked {
        println!("{name}: test");
    }
    asked
}

fn run(libraries: &[Compared], subject: &'static Subject, seed: u64, cases: u64) {
    let config = Config { failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
    let lockstep = std::cell::RefCell::new(Lockstep::start(libraries, subject));
    let start = std::time::Instant::now();
    let batch = vec((subject.case)(), 1..=2 * BATCH);
    let mut result = Ok(());
    // As many batches as there should be on average, and then as many as are missing.
    for round in 1_u64.. {
        let bytes = [seed.to_le_bytes(), round.to_le_bytes()].concat();
        let missing = cases.saturating_sub(lockstep.borrow().compared).div_ceil(BATCH as u64);
        let config = Config { cases: u32::try_from(missing).expect("not that many"), ..config.clone() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::XorShift, &bytes));
        result = runner.run(&batch, |batch| lockstep.borrow_mut().run(&batch));
        if result.is_err() || lockstep.borrow().compared >= cases {
            break;
        }
    }
    let lockstep = lockstep.into_inner();
    println!("seed {seed}: {} calls compared in {} s", lockstep.compared, start.elapsed().as_secs());
    for (what, count) in &lockstep.kinds {
        println!("  {count:9} {what}");
    }
    if let Err(TestError::Fail(reason, batch)) = result {
        println!("seed {seed}: {reason}\nthe shortest batch that shows it:");
        batch.iter().for_each(|case| println!("  {}", case.join(";")));
        std::process::exit(1);
    } else if let Err(error) = result {
        println!("seed {seed}: {error}");
        std::process::exit(1);
    }
}
