//! For the tests that read what a hostile hand would write: how many cases, made of what, and within which bounds.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::time::{ClockId, clock_gettime};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// One case takes microseconds.
const TIME: Duration = Duration::from_secs(1);
/// The most that the whole process ever has in memory, and what it may ask for: more aborts it.
const MEMORY: u64 = 512 << 20;
const ADDRESSES: u64 = 4 << 30;

/// $PROPTEST_CASES, or a few thousand.
pub fn config() -> ProptestConfig {
    static LIMIT: Once = Once::new();
    LIMIT.call_once(|| {
        let (_, hard) = getrlimit(Resource::RLIMIT_AS).expect("a limit");
        setrlimit(Resource::RLIMIT_AS, ADDRESSES.min(hard), hard).expect("a lower limit");
    });
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 4_000 };
    ProptestConfig { cases, failure_persistence: None, max_global_rejects: cases, ..ProptestConfig::default() }
}

/// Bytes made of what the reader knows, and of anything else.
pub fn bytes(known: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => select(known).prop_map(|text| text.as_bytes().to_vec()),
        1 => any::<u64>().prop_map(|number| number.to_string().into_bytes()),
        1 => vec(any::<u8>(), 0..8),
        1 => (select(known), 0..64_usize).prop_map(|(text, times)| text.repeat(times).into_bytes()),
    ];
    vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

/// The same as text.
pub fn text(known: &'static [&'static str]) -> impl Strategy<Value = String> {
    bytes(known).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Runs a case. Other programs on the machine do not count for its time.
pub fn bounded<T>(case: impl FnOnce() -> T) -> T {
    static CASES: AtomicU32 = AtomicU32::new(0);
    let computed = || Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("Linux has it"));
    let start = computed();
    let result = case();
    assert!(computed() - start < TIME, "it takes {:?}", computed() - start);
    if CASES.fetch_add(1, Ordering::Relaxed).is_multiple_of(1_000) {
        assert!(peak() < MEMORY, "{} bytes", peak());
    }
    result
}

/// The most memory that this process has had.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}

#[test]
fn the_bounds_hold() {
    assert!((1 << 20..MEMORY).contains(&peak()));
    let busy = || while clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).is_ok_and(|time| time.tv_sec() < 2) {};
    assert!(std::thread::spawn(move || bounded(busy)).join().is_err());
}
