//! One line an event, to be read at a glance: the time in seconds, what it is, and what it says.

use super::{Received, Report, Sink, Summary};
use crate::message::{self, Assignment, quote};
use crate::run::processes;
use crate::service::News;
use crate::service::state::{Outcome, State};
use crate::timespan;
use nix::errno::Errno;
use std::io::Write;
use std::time::Duration;

const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const CYAN: &str = "36";
const DIM: &str = "2";

pub struct Human<W: Write> {
    sink: Sink<W>,
    colour: bool,
}

impl<W: Write> Human<W> {
    pub fn new(writer: W, colour: bool) -> Human<W> {
        Human { sink: Sink::new(writer), colour }
    }

    fn line(&mut self, at: Duration, kind: &str, colour: &str, text: &str) {
        let time = format!("{:>8.3}", at.as_secs_f64());
        if self.colour {
            self.sink.line(&format!("\x1b[{DIM}m{time}\x1b[0m  \x1b[{colour}m{kind:<8}\x1b[0m {text}"));
        } else {
            self.sink.line(&format!("{time}  {kind:<8} {text}"));
        }
    }
}

impl<W: Write> Report for Human<W> {
    fn started(&mut self, at: Duration, pid: i32, command: &str) {
        self.line(at, "start", DIM, &format!("{} (main PID {pid})", quote(command)));
    }

    fn message(&mut self, at: Duration, message: &Received) {
        let name = message.name.as_deref().map_or_else(|| "?".into(), quote);
        let mut line = format!("{name}[{}]", message.pid);
        let mut remarks: &[String] = &[];
        match &message.content {
            Ok(content) => {
                let words: Vec<String> = content.assignments.iter().map(decode).collect();
                line.push_str(&format!(": {}", words.join("  ")));
                remarks = &content.remarks;
            }
            Err(why) => line.push_str(&format!(": ignored, {why}")),
        }
        if message.fds > 0 {
            line.push_str(&format!("  [{} fd{}]", message.fds, if message.fds == 1 { "" } else { "s" }));
        }
        let bad = message.content.is_err() || message.refused.is_some();
        self.line(at, "message", if bad { YELLOW } else { CYAN }, &line);
        for remark in remarks.iter().chain(&message.refused) {
            self.line(at, "hint", YELLOW, remark);
        }
    }

    fn news(&mut self, at: Duration, news: &News) {
        match news {
            News::State { to, outcome, .. } => {
                let (colour, result) = match (to, outcome) {
                    (State::Running, _) => (GREEN, String::new()),
                    (State::Failed, outcome) => (RED, format!(", result '{}'", outcome.name())),
                    (_, Outcome::Success) => (DIM, String::new()),
                    _ => (YELLOW, String::new()),
                };
                let text = match to {
                    State::Failed => format!("failed{result}"),
                    to => format!("{} ({})", to.active(), to.sub()),
                };
                self.line(at, "state", colour, &text);
            }
            News::Note(text) => self.line(at, "manager", DIM, text),
            News::Problem(text) => self.line(at, "problem", RED, text),
            News::Hint(text) => self.line(at, "hint", YELLOW, text),
        }
        self.flush();
    }

    fn end(&mut self, at: Duration, summary: &Summary) {
        let exit = summary.exit.map_or_else(|| "never started".into(), |exit| exit.describe());
        let text = format!(
            "result '{}', {exit}, {} message{}, {} restart{}",
            summary.outcome.name(),
            summary.messages,
            if summary.messages == 1 { "" } else { "s" },
            summary.restarts,
            if summary.restarts == 1 { "" } else { "s" },
        );
        self.line(at, "end", if summary.outcome == Outcome::Success { GREEN } else { RED }, &text);
        self.flush();
    }

    fn flush(&mut self) {
        self.sink.flush();
    }
}

/// An assignment, with what its number means.
fn decode(assignment: &Assignment) -> String {
    let Assignment { name, value } = assignment;
    let text = format!("{}={}", quote(name), quote(value));
    let meaning = match (name.as_str(), message::number(value)) {
        ("WATCHDOG_USEC" | "EXTEND_TIMEOUT_USEC", Ok(usec)) => {
            message::span(usec).map_or_else(|| "off".into(), timespan::format)
        }
        ("ERRNO", Ok(errno)) if i32::try_from(errno).is_ok() => match Errno::from_raw(errno as i32) {
            Errno::UnknownErrno => return text,
            errno => errno.desc().to_owned(),
        },
        ("MAINPID", Ok(pid)) => match i32::try_from(pid).ok().and_then(processes::name) {
            Some(name) => quote(&name),
            None => "no such process".into(),
        },
        _ => return text,
    };
    format!("{text} ({meaning})")
}
