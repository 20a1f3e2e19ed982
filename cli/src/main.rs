//! `sdnotify`: runs, notifies, checks and drains services.
//!
//! Each subcommand is a module: [`run`], with the state machine [`service`] and the parser [`message`], which do no
//! I/O; [`send`], which calls the engine through [`abi`]; [`check`]; [`use_unit`]; [`drain`]. Exit statuses are in
//! [`exit`].

mod abi;
mod args;
mod check;
mod drain;
mod exit;
#[cfg(test)]
mod fuzzing;
mod message;
mod quote;
mod run;
mod send;
mod service;
mod signal;
mod timespan;
mod unit;
mod use_unit;

use args::{Cli, Command};
use clap::Parser;
use clap::error::ErrorKind;
use exit::Error;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(send::protect_command(std::env::args_os())) {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => return complain(&Error::Usage(first_paragraph(&error))),
    };
    let result = match cli.command {
        Command::Run(arguments) => run::run(arguments),
        Command::Send(arguments) => send::send(arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Use(arguments) => use_unit::use_unit(&arguments),
        Command::Drain(arguments) => drain::drain(arguments),
    };
    result.unwrap_or_else(|problem| complain(&problem))
}

fn complain(problem: &Error) -> ExitCode {
    // There may be no reader.
    let _ = writeln!(std::io::stderr(), "sdnotify: {}", quote::quote(&problem.to_string()));
    problem.status()
}

/// The error in one line, without the usage.
fn first_paragraph(error: &clap::Error) -> String {
    let text = error.render().to_string();
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return if text.contains("sdnotify drain <COMMAND>") {
            "no command given: drain wait, drain restore or drain check (see sdnotify drain --help)".into()
        } else {
            "no command given: run, send, check, use or drain (see sdnotify --help)".into()
        };
    }
    let lines: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}
