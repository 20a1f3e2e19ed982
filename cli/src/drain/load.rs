//! The load of a node: numbers read from elsewhere, within bounds.
#![forbid(unsafe_code)]

mod body;
mod command;
#[cfg(test)]
mod fuzz;
mod http;
mod json;
mod prometheus;
mod tcp;
mod text;

use crate::args::drain::Loads;
use http::Url;
use std::time::Duration;
use tcp::Port;

/// A larger number is not a load but a mistake.
const MOST: f64 = 1e9;

/// A number with its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    pub name: String,
    pub number: u64,
}

/// Where numbers come from.
#[derive(Clone)]
pub enum Source {
    Page { url: Url, fields: Vec<String> },
    Command(String),
    Port(Port),
}

impl Source {
    /// The name to report when it fails.
    pub fn name(&self) -> &str {
        match self {
            Source::Page { url, .. } => url.text(),
            Source::Command(command) => command,
            Source::Port(port) => port.text(),
        }
    }

    /// Measures the load within `time`. The error is one line.
    pub fn measure(&self, time: Duration) -> Result<Vec<Reading>, String> {
        match self {
            Source::Page { url, fields } => {
                let text = http::get(url, time)?;
                let reading = |name: &String| Ok(Reading { name: name.clone(), number: body::find(&text, name)? });
                fields.iter().map(reading).collect()
            }
            Source::Command(command) => {
                Ok(vec![Reading { name: "command".into(), number: command::measure(command, time)? }])
            }
            Source::Port(port) => {
                Ok(vec![Reading { name: format!("connections to {}", port.text()), number: tcp::measure(port)? }])
            }
        }
    }
}

/// The sources that the command line names.
pub fn sources(loads: &Loads) -> Result<Vec<Source>, String> {
    let mut sources = Vec::new();
    for words in &loads.pages {
        let [url, fields @ ..] = words.as_slice() else { continue };
        sources.push(Source::Page { url: Url::parse(url)?, fields: fields.to_vec() });
    }
    sources.extend(loads.commands.iter().cloned().map(Source::Command));
    for port in &loads.ports {
        sources.push(Source::Port(Port::parse(port)?));
    }
    if sources.is_empty() {
        return Err("no load to measure: use --load, --load-command or --load-tcp".into());
    }
    Ok(sources)
}

/// A number as load, rounded up.
fn load(number: f64) -> Result<u64, &'static str> {
    if !number.is_finite() {
        Err("not a finite number")
    } else if number < 0.0 {
        Err("negative")
    } else if number > MOST {
        Err("too large")
    } else {
        Ok(number.ceil() as u64)
    }
}

/// One word as load.
fn parse(word: &str) -> Result<u64, String> {
    // parse() accepts "inf" and "nan".
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    let number = if word.chars().all(plain) { word.parse().ok() } else { None };
    let shown: String = word.chars().take(40).collect();
    load(number.ok_or_else(|| format!("'{shown}' is not a number"))?).map_err(|why| format!("'{shown}' is {why}"))
}
