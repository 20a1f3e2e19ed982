//! Which of many messages to show: the first of each kind, and how many more there were.
#![forbid(unsafe_code)]

use crate::quote::{Line, quote, quoted};
use std::time::Duration;

/// The period over which messages are counted.
const WINDOW: Duration = Duration::from_secs(1);
/// The most messages of one kind to show in that time ...
const OF_A_KIND: u64 = 20;
/// ... and of all kinds.
const OF_ALL: u64 = 200;

/// What to do with a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Show,
    /// It is counted.
    Hide,
    /// Likewise, for the first time: give a hint.
    Flood,
}

#[derive(Default)]
pub struct Repeats {
    began: Option<Duration>,
    kinds: Vec<Kind>,
    shown: u64,
    was_flood: bool,
}

struct Kind {
    /// Who sends, and what is set.
    name: String,
    shown: u64,
    more: u64,
}

impl Repeats {
    /// Judges a message of a kind. One barrier is enough to show.
    pub fn judge(&mut self, at: Duration, name: String, is_barrier: bool) -> Verdict {
        self.began.get_or_insert(at);
        let is_full = self.shown >= OF_ALL;
        // Ever-changing names share one kind.
        let name = if is_full && !self.kinds.iter().any(|kind| kind.name == name) { String::new() } else { name };
        let index = self.kinds.iter().position(|kind| kind.name == name).unwrap_or_else(|| {
            self.kinds.push(Kind { name, shown: 0, more: 0 });
            self.kinds.len() - 1
        });
        let kind = &mut self.kinds[index];
        let most = if is_barrier { 1 } else { OF_A_KIND };
        if kind.shown < most && !is_full {
            kind.shown += 1;
            self.shown += 1;
            return Verdict::Show;
        }
        kind.more += 1;
        if is_barrier || std::mem::replace(&mut self.was_flood, true) { Verdict::Hide } else { Verdict::Flood }
    }

    /// When [`Repeats::end_window`] must be called.
    pub fn deadline(&self) -> Option<Duration> {
        self.began.map(|began| began + WINDOW)
    }

    /// Starts a new period if the time is over; returns what to report.
    pub fn end_window(&mut self, at: Duration) -> Vec<Line> {
        if self.deadline().is_none_or(|deadline| at < deadline) {
            return Vec::new();
        }
        let told = self.tell();
        (self.began, self.shown) = (None, 0);
        self.kinds.clear();
        told
    }

    /// The counts of messages hidden since the last report.
    pub fn tell(&mut self) -> Vec<Line> {
        let told = self.kinds.iter_mut().filter(|kind| kind.more > 0).map(|kind| {
            let count = quote(&thousands(std::mem::take(&mut kind.more)));
            if kind.name.is_empty() {
                quoted!("… {} more of other kinds", count)
            } else {
                quoted!("{} … {} more like it", quote(&kind.name), count)
            }
        });
        told.collect()
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: Vec<Line>) -> Vec<String> {
        lines.iter().map(|line| line.as_str().to_owned()).collect()
    }

    #[test]
    fn a_flood_of_one_kind() {
        let mut repeats = Repeats::default();
        let at = |ms: u64| Duration::from_millis(1000 + ms);
        let verdicts: Vec<_> = (0..4233).map(|_| repeats.judge(at(1), "a[1]: STATUS=".into(), false)).collect();
        assert!(verdicts[..20].iter().all(|verdict| *verdict == Verdict::Show));
        assert_eq!(verdicts[20], Verdict::Flood);
        assert!(verdicts[21..].iter().all(|verdict| *verdict == Verdict::Hide));
        assert_eq!(repeats.judge(at(2), "a[1]: READY=".into(), false), Verdict::Show);
        assert_eq!(text(repeats.end_window(at(1000))), Vec::<String>::new());
        assert_eq!(text(repeats.end_window(at(1001))), ["a[1]: STATUS= … 4,213 more like it"]);
        assert_eq!((repeats.deadline(), repeats.judge(at(1002), "a[1]: STATUS=".into(), false)), (None, Verdict::Show));
    }

    #[test]
    fn barriers_and_ever_new_names() {
        let mut repeats = Repeats::default();
        let judged: Vec<_> = (0..3).map(|_| repeats.judge(Duration::ZERO, "a: BARRIER=".into(), true)).collect();
        assert_eq!(judged, [Verdict::Show, Verdict::Hide, Verdict::Hide]);
        let shown = (0..1000).filter(|name| repeats.judge(Duration::ZERO, name.to_string(), false) == Verdict::Show);
        assert_eq!(shown.count(), 199);
        assert_eq!(text(repeats.tell()), ["a: BARRIER= … 2 more like it", "… 801 more of other kinds"]);
        assert_eq!(text(repeats.tell()), Vec::<String>::new(), "told once");
    }

    #[test]
    fn numbers_for_people() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }
}
