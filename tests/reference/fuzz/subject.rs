//! What is called at random: a header's functions.

use crate::lockstep::{Case, Compared};
use proptest::strategy::BoxedStrategy;
use sdnotify_tests::library::Library;
use sdnotify_tests::probe::Probe;

/// Whose answers, and the answers to a case's commands.
pub type Answers<'a> = (Compared, &'a [String]);

pub struct Subject {
    /// A probe of a library, ready for cases.
    pub start: fn(Library) -> Probe,
    /// One case.
    pub case: fn() -> BoxedStrategy<Case>,
    /// What is asked after each case.
    pub after: &'static [&'static str],
    /// Whether a difference between the reference's answers and another's is a known one.
    pub is_explained: fn(Answers, Answers, &Case) -> bool,
    /// Seeds that once showed a difference, and some more: each makes as many cases as the second number says.
    pub seeds: &'static str,
}
