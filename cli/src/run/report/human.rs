//! One line per event, readable at a glance: the time in seconds, the kind, and the text.

use super::output::Output;
use super::repeats::{Repeats, Verdict};
use super::{Received, Report, Summary};
use crate::message::{self, Assignment};
use crate::quote::{Line, quote, quoted};
use crate::run::processes;
use crate::service::News;
use crate::service::state::{Outcome, State};
use crate::timespan;
use anstyle::{AnsiColor, Style};
use nix::errno::Errno;
use std::time::Duration;

const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();
const DIM: Style = Style::new().dimmed();

pub struct Human {
    output: Output,
    colour: bool,
    repeats: Repeats,
    /// Whether the current message is hidden, with what it causes.
    hides: bool,
}

/// The line in place of lost lines.
pub fn lost(lines: u64) -> Line {
    quoted!("          lost     {} lines of this report: not read in time", lines)
}

impl Human {
    pub fn new(output: Output, colour: bool) -> Human {
        Human { output, colour, repeats: Repeats::default(), hides: false }
    }

    fn more(&mut self, at: Duration, lines: &[Line]) {
        lines.iter().for_each(|line| self.line(at, "message", DIM, line));
    }

    fn line(&mut self, at: Duration, kind: &'static str, colour: Style, text: &Line) {
        let (dim, colour) = if self.colour { (DIM, colour) } else { (Style::new(), Style::new()) };
        let time = at.as_secs_f64();
        self.output.line(&quoted!("{}{:>8.3}{:#}  {}{:<8}{:#} {}", dim, time, dim, colour, kind, colour, text));
    }
}

impl Report for Human {
    fn started(&mut self, at: Duration, pid: i32, command: &str) {
        self.line(at, "start", DIM, &quoted!("{} (main PID {})", quote(command), pid));
    }

    fn message(&mut self, at: Duration, message: &Received) {
        self.tick(at);
        let verdict = self.repeats.judge(at, kind(message), is_barrier(message));
        self.hides = verdict != Verdict::Show;
        if verdict == Verdict::Flood {
            let text =
                "message flood: systemd has to read them all, and other services wait; the rest is only counted here";
            self.line(at, "hint", YELLOW, &text.into());
        }
        if self.hides {
            return;
        }
        let name = message.name.as_deref().map_or_else(|| "?".into(), quote);
        let mut text = quoted!("{}[{}]", name, message.pid);
        let mut remarks: &[Line] = &[];
        match &message.content {
            Ok(content) => {
                text.push(&": ".into());
                for (index, assignment) in content.assignments.iter().enumerate() {
                    text.push(&quoted!("{}{}", if index > 0 { "  " } else { "" }, decode(assignment)));
                }
                remarks = &content.remarks;
            }
            Err(why) => text.push(&quoted!(": ignored, {}", why)),
        }
        if message.fds > 0 {
            text.push(&quoted!("  [{} fd{}]", message.fds, plural(message.fds as u64)));
        }
        let bad = message.content.is_err() || message.refused.is_some();
        self.line(at, "message", if bad { YELLOW } else { CYAN }, &text);
        for remark in remarks.iter().chain(&message.refused) {
            self.line(at, "hint", YELLOW, remark);
        }
    }

    fn news(&mut self, at: Duration, news: &News) {
        if self.hides && matches!(news, News::Note(_) | News::Hint(_)) {
            return;
        }
        if matches!(news, News::State { .. }) {
            let more = self.repeats.tell();
            self.more(at, &more);
        }
        match news {
            News::State { to, outcome, .. } => {
                let colour = match (to, outcome) {
                    (State::Running, _) => GREEN,
                    (State::Failed, _) => RED,
                    (_, Outcome::Success) => DIM,
                    _ => YELLOW,
                };
                let text = match to {
                    State::Failed => quoted!("failed, result '{}'", outcome.name()),
                    to => quoted!("{} ({})", to.active(), to.sub()),
                };
                self.line(at, "state", colour, &text);
            }
            News::Note(text) => self.line(at, "manager", DIM, text),
            News::Problem(text) => self.line(at, "problem", RED, text),
            News::Hint(text) => self.line(at, "hint", YELLOW, text),
        }
    }

    fn handled(&mut self) {
        self.hides = false;
    }

    fn deadline(&self) -> Option<Duration> {
        self.repeats.deadline()
    }

    fn tick(&mut self, at: Duration) {
        let more = self.repeats.end_window(at);
        self.more(at, &more);
    }

    fn end(&mut self, at: Duration, summary: &Summary) {
        let more = self.repeats.tell();
        self.more(at, &more);
        let text = quoted!(
            "result '{}', {}, {} message{}, {} restart{}",
            summary.outcome.name(),
            summary.exit.map_or_else(|| "never started".into(), |exit| exit.describe()),
            summary.messages,
            plural(summary.messages),
            summary.restarts,
            plural(summary.restarts.into()),
        );
        self.line(at, "end", if summary.outcome == Outcome::Success { GREEN } else { RED }, &text);
        self.output.close();
    }
}

fn is_barrier(message: &Received) -> bool {
    message.content.as_ref().is_ok_and(|content| content.is_set("BARRIER"))
}

/// The sender and the variables set, which make messages alike to a reader.
fn kind(message: &Received) -> String {
    let name = message.name.as_deref().unwrap_or("?");
    let said: Vec<String> = match &message.content {
        Ok(content) => content.assignments.iter().map(|one| format!("{}=", one.name)).collect(),
        Err(why) => vec![why.as_str().split(':').next().unwrap_or_default().to_owned()],
    };
    let refused = if message.refused.is_some() { " (refused)" } else { "" };
    format!("{name}[{}]: {}{refused}", message.pid, said.join("  "))
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// An assignment, with its number decoded.
fn decode(assignment: &Assignment) -> Line {
    let Assignment { name, value } = assignment;
    let text = quoted!("{}={}", quote(name), quote(value));
    let meaning = match (name.as_str(), message::number(value)) {
        ("WATCHDOG_USEC" | "EXTEND_TIMEOUT_USEC", Ok(usec)) => {
            message::span(usec).map_or_else(|| "off".into(), |span| quote(&timespan::format(span)))
        }
        ("ERRNO", Ok(errno)) if i32::try_from(errno).is_ok() => match Errno::from_raw(errno as i32) {
            Errno::UnknownErrno => return text,
            errno => errno.desc().into(),
        },
        ("MAINPID", Ok(pid)) => match i32::try_from(pid).ok().and_then(processes::name) {
            Some(name) => quote(&name),
            None => "no such process".into(),
        },
        _ => return text,
    };
    quoted!("{} ({})", text, meaning)
}
