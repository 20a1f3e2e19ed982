//! `sdnotify`: see what a service says to its service manager, say it from a shell script, and check whether
//! libsdnotify is enough for a program.
//!
//! Each subcommand is a module: [`run`], with the state machine [`service`] and the parser [`message`] that touch
//! nothing of the system; [`send`]; [`check`].

mod args;
mod message;
mod run;
mod service;
mod timespan;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

/// The command line was wrong, or what it asks for is impossible here.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(arguments) => run::run(arguments),
        _ => Err("not yet".into()),
    };
    result.unwrap_or_else(|problem| {
        eprintln!("sdnotify: {problem}");
        ExitCode::from(USAGE)
    })
}
