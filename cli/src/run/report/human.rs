//! One line an event, to be read at a glance: the time in seconds, what it is, and what it says.

use super::output::Output;
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
}

/// What stands in the place of lines that were lost.
pub fn lost(lines: u64) -> Line {
    quoted!("          lost     {} lines of this report: nobody read them", lines)
}

impl Human {
    pub fn new(output: Output, colour: bool) -> Human {
        Human { output, colour }
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

    fn end(&mut self, at: Duration, summary: &Summary) {
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

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// An assignment, with what its number means.
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
