//! One JSON object per line.

use super::output::Output;
use super::{Received, Report, Summary};
use crate::quote::{Line, quote_json};
use crate::service::News;
use crate::service::state::Exit;
use serde_json::{Map, Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub struct Json {
    output: Output,
    supervisor: u32,
}

/// The line in place of lost lines.
pub fn lost(lines: u64) -> Line {
    quote_json(&json!({ "event": "lost", "lines": lines }))
}

impl Json {
    pub fn new(output: Output, supervisor: u32) -> Json {
        Json { output, supervisor }
    }

    fn event(&mut self, at: Duration, event: &str, fields: Value) {
        let mut object = Map::new();
        object.insert("event".into(), event.into());
        object.insert("usec".into(), usec(at).into());
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        object.insert("realtime_usec".into(), usec(real).into());
        if let Value::Object(fields) = fields {
            object.extend(fields);
        }
        self.output.line(&quote_json(&Value::Object(object)));
    }
}

impl Report for Json {
    fn started(&mut self, at: Duration, pid: i32, command: &str) {
        self.event(at, "start", json!({ "main_pid": pid, "supervisor": self.supervisor, "command": command }));
    }

    fn message(&mut self, at: Duration, message: &Received) {
        let mut fields = json!({
            "pid": message.pid,
            "uid": message.uid,
            "gid": message.gid,
            "name": message.name,
            "fds": message.fds,
            "accepted": message.refused.is_none() && message.content.is_ok(),
            "refused": message.refused.as_ref().map(Line::as_str),
        });
        match &message.content {
            Ok(content) => {
                let assignments = content.assignments.iter().map(|one| json!({ "name": one.name, "value": one.value }));
                fields["assignments"] = assignments.collect();
                fields["hints"] = content.remarks.iter().map(Line::as_str).collect();
            }
            Err(why) => fields["ignored"] = why.as_str().into(),
        }
        self.event(at, "message", fields);
    }

    fn news(&mut self, at: Duration, news: &News) {
        match news {
            News::State { from, to, outcome } => {
                let fields = json!({
                    "from": from.sub(), "sub": to.sub(), "active": to.active(), "result": outcome.name(),
                });
                self.event(at, "state", fields);
            }
            News::Note(text) => self.event(at, "note", json!({ "text": text.as_str() })),
            News::Problem(text) => self.event(at, "problem", json!({ "text": text.as_str() })),
            News::Hint(text) => self.event(at, "hint", json!({ "text": text.as_str() })),
        }
    }

    fn end(&mut self, at: Duration, summary: &Summary) {
        let (code, signal) = match summary.exit {
            Some(Exit::Code(code)) => (Some(code), None),
            Some(Exit::Killed { signal, .. }) => (None, Some(signal)),
            None => (None, None),
        };
        let fields = json!({
            "result": summary.outcome.name(), "code": code, "signal": signal, "messages": summary.messages,
            "restarts": summary.restarts, "status": summary.status,
        });
        self.event(at, "end", fields);
        self.output.close();
    }
}

fn usec(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
