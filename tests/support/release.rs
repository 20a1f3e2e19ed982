//! The Debian releases whose systemd the tests can run here.

use crate::left_out::left_out;
use crate::manager::Manager;
use crate::tree;
use std::fmt::{Display, Formatter, Result as FmtResult};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

#[derive(Clone, Debug)]
pub struct Release {
    pub name: &'static str,
    /// Of systemd.
    pub version: u32,
    /// Where its files are; `None` for those of this machine.
    pub root: Option<PathBuf>,
}

impl Release {
    /// Those whose service manager was seen to work: this machine's own, Debian 13's, and the newest there is. For each
    /// of the others a line on standard error says why not; it is a failure where `$SDNOTIFY_NO_SKIP` is set.
    pub fn at_hand() -> &'static [Release] {
        static RELEASES: OnceLock<Vec<Release>> = OnceLock::new();
        RELEASES.get_or_init(|| {
            let mut releases = Vec::new();
            for names in [&["this machine"][..], &["trixie"], &["sid", "forky"]] {
                let mut reasons = Vec::new();
                let try_one =
                    |name: &&'static str| Release::with_packages(name, &[]).map_err(|reason| reasons.push(reason)).ok();
                match names.iter().find_map(try_one) {
                    Some(release) => releases.push(release),
                    None => skipped(names[0], &reasons.join("; ")),
                }
            }
            releases
        })
    }

    /// The machine's own, as it is, or that of a Debian suite, with more packages in it than those of
    /// tests/support/debian-root; an error says why it cannot be had.
    pub fn with_packages(name: &'static str, packages: &[&str]) -> Result<Release, String> {
        let mut release = Release { name, version: 0, root: None };
        if name != "this machine" {
            release.root = Some(root_of(name, packages)?);
        }
        let manager = Manager::start(&release)?;
        let said = manager.systemctl("--version");
        let number = said.split_whitespace().nth(1).and_then(|number| number.parse().ok());
        release.version = number.ok_or_else(|| format!("systemctl --version: {said}"))?;
        Ok(release)
    }
}

fn root_of(suite: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let script = tree::top().join("tests/support/debian-root");
    let output = Command::new(script).arg(suite).args(packages).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(said.lines().last().unwrap_or("no root tree").to_owned());
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end()))
}

/// Says that the tests go on without a release, and why.
pub fn skipped(name: &str, reason: &str) {
    left_out(&format!("the service manager of {name}"), reason);
}

impl Display for Release {
    fn fmt(&self, f: &mut Formatter) -> FmtResult {
        write!(f, "{} (systemd {})", self.name, self.version)
    }
}
