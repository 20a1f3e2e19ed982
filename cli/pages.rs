//! Writes the manual page and the shell completions of `sdnotify` into a directory: what `make` runs.

#[path = "src/args.rs"]
#[allow(dead_code)]
mod args;
#[path = "src/signal.rs"]
#[allow(dead_code)]
mod signal;
#[path = "src/timespan.rs"]
#[allow(dead_code)]
mod timespan;

use args::Cli;
use clap::CommandFactory;
use clap_complete::{Shell, generate_to};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use std::fs;
use std::io::{Error, Result, Write};
use std::path::PathBuf;

/// What the command line's own texts do not say.
const SECTIONS: &str = include_str!("sdnotify.1.in");

fn main() -> Result<()> {
    let directory = std::env::args_os().nth(1).map(PathBuf::from).ok_or_else(|| Error::other("usage: DIRECTORY"))?;
    fs::create_dir_all(&directory)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        generate_to(shell, &mut Cli::command(), "sdnotify", &directory)?;
    }
    fs::write(directory.join("sdnotify.1"), page()?)
}

/// One page for all subcommands: each has a section, made from the same texts as its --help.
fn page() -> Result<Vec<u8>> {
    let mut command = Cli::command();
    command.build();
    // Tells man(1) that there is a table.
    let mut page = b"'\\\" t\n".to_vec();
    let man =
        Man::new(command.clone()).manual("User Commands").source(format!("sdnotify {}", env!("CARGO_PKG_VERSION")));
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    let mut synopsis = Roff::new();
    synopsis.control("SH", ["SYNOPSIS"]);
    for sub in leaves(&command) {
        let usage = sub.clone().render_usage().to_string();
        let words = usage.trim_start_matches("Usage: ").trim_start_matches("sdnotify").to_owned();
        synopsis.text([bold("sdnotify"), roman(words)]).control("br", []);
    }
    page.extend(synopsis.to_roff().into_bytes());
    for sub in leaves(&command) {
        let heading = sub.get_bin_name().unwrap_or_default().to_uppercase();
        page.extend(Roff::new().control("SH", [heading.as_str()]).to_roff().into_bytes());
        let man = Man::new(sub.clone().disable_help_flag(true));
        let mut section = Vec::new();
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        for line in String::from_utf8_lossy(&section).lines().filter(|line| !line.starts_with(".SH")) {
            writeln!(page, "{line}")?;
        }
    }
    page.extend_from_slice(SECTIONS.as_bytes());
    Ok(page)
}

/// The subcommands, and those of theirs instead where they have some.
fn leaves(command: &clap::Command) -> Vec<&clap::Command> {
    let of = |sub| if clap::Command::has_subcommands(sub) { leaves(sub) } else { vec![sub] };
    command.get_subcommands().flat_map(of).collect()
}
