//! The command line of `sdnotify drain`.
#![forbid(unsafe_code)]

use crate::timespan;
use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, Subcommand, ValueHint};
use std::path::PathBuf;
use std::time::Duration;

/// Take a node out of its load balancer before it stops, and wait until no request is in flight.
#[derive(Args)]
pub struct Drain {
    #[command(subcommand)]
    pub action: Action,
}

#[derive(Subcommand)]
pub enum Action {
    Wait(Wait),
    Restore(Restore),
    Check(Check),
}

/// Take the node out and wait until it has no load: for ExecStop=, or by hand.
///
/// Measures the load every second. Reports progress to the service manager and asks it for more time (the unit needs
/// NotifyAccess=exec). By hand, the node stays out afterwards unless the wait is interrupted.
///
/// Exit status: 0 no load; 1 the limit was reached, the node could not be taken out in every way given, or the wait was
/// interrupted; 2 bad usage. In a unit, 0 also if the limit was reached with a known load or the wait was interrupted.
#[derive(Args)]
#[command(after_help = "Example:\n  \
    sdnotify drain wait --page /var/www/html/status.php --load http://127.0.0.1:8000/fpm-status 'active processes'")]
pub struct Wait {
    /// Wait at most this long
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = seconds)]
    pub limit: Duration,

    /// Wait at least this long, so that the balancer notices that the node is out
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = seconds)]
    pub notice: Duration,

    /// Count a load of up to N as none
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub idle: u64,

    /// Print one JSON object per line on standard output
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub ways: Ways,

    #[command(flatten)]
    pub loads: Loads,
}

/// Put the node back: for ExecStopPost= and ExecStartPre=, with --agent for ExecStartPost=, or by hand.
///
/// Does nothing if the node is already in service.
///
/// Exit status: 0 the node is in service, 1 something failed, 2 bad usage.
#[derive(Args)]
pub struct Restore {
    /// With --agent, answer for this long, so that each balancer asks at least once
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = seconds)]
    pub notice: Duration,

    #[command(flatten)]
    pub ways: Ways,
}

/// Test everything that `wait` needs, without taking the node out.
///
/// Exit status: 0 everything works, 1 something does not, 2 bad usage.
#[derive(Args)]
pub struct Check {
    /// Also check this unit's NotifyAccess=, TimeoutStopSec= and ExecStop=
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,

    /// The limit that `wait` will use
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = seconds)]
    pub limit: Duration,

    #[command(flatten)]
    pub ways: Ways,

    #[command(flatten)]
    pub loads: Loads,
}

/// How to take the node out. Each may be given several times.
#[derive(Args)]
pub struct Ways {
    /// Rename FILE, the page that the balancer's health check requests, to FILE.away
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub page: Vec<PathBuf>,

    /// Run this shell command to take the node out
    #[arg(long, value_name = "COMMAND")]
    pub away: Vec<String>,

    /// Run this shell command to put the node back
    #[arg(long, value_name = "COMMAND")]
    pub back: Vec<String>,

    /// Answer HAProxy's agent check on this port: "drain" while waiting, "ready up" when the node is put back
    #[arg(long, value_name = "[ADDRESS:]PORT")]
    pub agent: Vec<String>,
}

impl Ways {
    /// Whether no way is given.
    pub fn are_none(&self) -> bool {
        self.page.is_empty() && self.away.is_empty() && self.back.is_empty() && self.agent.is_empty()
    }
}

/// How to measure the load. Each may be given several times; the load is the sum.
#[derive(Default)]
pub struct Loads {
    /// The address first, then the fields.
    pub pages: Vec<Vec<String>>,
    pub commands: Vec<String>,
    pub ports: Vec<String>,
}

// Clap's derive cannot tell occurrences of an argument with several values apart.
impl Args for Loads {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new("load")
                    .long("load")
                    .value_names(["URL", "FIELD"])
                    .num_args(2..)
                    .action(ArgAction::Append)
                    .value_parser(ValueParser::string())
                    .help("Read numbers from a page; FIELD is a name in text, a Prometheus metric or a JSON pointer")
                    .long_help(
                        "Read numbers from a page. URL is http://HOST[:PORT]/PATH or http://unix:/SOCKET:/PATH. FIELD is \
                         the name in \"NAME: NUMBER\", as on the status pages of php-fpm, Apache and nginx; a Prometheus \
                         metric, with or without {LABEL=\"VALUE\"}; or a JSON pointer such as '/active processes'.",
                    ),
            )
            .arg(
                Arg::new("load-command")
                    .long("load-command")
                    .value_name("COMMAND")
                    .action(ArgAction::Append)
                    .value_parser(ValueParser::string())
                    .help("Run this shell command, which prints the load as a number"),
            )
            .arg(
                Arg::new("load-tcp")
                    .long("load-tcp")
                    .value_name("[ADDRESS:]PORT")
                    .action(ArgAction::Append)
                    .value_parser(ValueParser::string())
                    .help("Count the established TCP connections to this local port"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Loads {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Loads, Error> {
        let many = |name| matches.get_many::<String>(name).into_iter().flatten().cloned().collect();
        let pages = matches.get_occurrences::<String>("load").into_iter().flatten();
        Ok(Loads {
            pages: pages.map(|words| words.cloned().collect()).collect(),
            commands: many("load-command"),
            ports: many("load-tcp"),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Loads::from_arg_matches(matches)?;
        Ok(())
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let range = Duration::from_secs(1)..=Duration::from_secs(86_400);
    timespan::parse(text)?.0.filter(|span| range.contains(span)).ok_or_else(|| "must be from 1s to 1d".into())
}
