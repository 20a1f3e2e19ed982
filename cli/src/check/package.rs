//! Where a program's modules are by convention: in the module directories of its Debian package, and in
//! `PREFIX/lib/NAME`.

use super::strings::is_library;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Without dpkg there are no packages.
const DPKG_QUERY: &str = "/usr/bin/dpkg-query";

/// Directories that may have modules for a program.
pub fn directories(program: &Path) -> BTreeSet<PathBuf> {
    let real = fs::canonicalize(program).unwrap_or_else(|_| program.to_path_buf());
    let mut directories = by_name(&real);
    directories.extend(listed(&real));
    directories
}

/// `PREFIX/lib/NAME` and the like for `PREFIX/bin/NAME`, also with the name of the project: rsyslog for rsyslogd, php
/// for php-fpm8.2.
fn by_name(program: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let Some(name) = program.file_name().and_then(OsStr::to_str) else { return found };
    let Some(bin) = program.parent().filter(|bin| bin.ends_with("bin") || bin.ends_with("sbin")) else { return found };
    let prefix = match bin.parent() {
        // /bin is /usr/bin, or was once.
        Some(root) if root == Path::new("/") => Path::new("/usr"),
        Some(prefix) => prefix,
        None => return found,
    };
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    let project = plain.split('-').next().unwrap_or(plain);
    let major = name.split('.').next().unwrap_or(name);
    let names = [name, major, plain, project, plain.strip_suffix('d').unwrap_or(plain)];
    let multiarch = format!("lib/{}-linux-gnu", std::env::consts::ARCH);
    for lib in ["lib", "lib64", "libexec", &multiarch] {
        // A single letter may mean anything.
        found.extend(names.iter().filter(|name| name.len() > 1).map(|name| prefix.join(lib).join(name)));
    }
    found
}

/// The directories in which the package that owns a program has libraries.
fn listed(program: &Path) -> BTreeSet<PathBuf> {
    // dpkg-query would read these as a pattern.
    let Some(program) = program.to_str().filter(|path| !path.contains(['*', '?', '[', '\\'])) else {
        return BTreeSet::new();
    };
    // Packages from before /bin became /usr/bin name the old place.
    let old = program.strip_prefix("/usr").unwrap_or(program);
    let owner = [program, old].into_iter().find_map(|path| owner(&dpkg_query("--search", path)?, path));
    let files = owner.and_then(|package| dpkg_query("--listfiles", &package)).unwrap_or_default();
    let libraries = files.lines().filter(|line| is_library(line)).map(Path::new);
    libraries.filter_map(Path::parent).map(Path::to_path_buf).collect()
}

/// The first package in a line `PACKAGE, PACKAGE: PATH`. Lines about diversions have spaces before the colon.
fn owner(found: &str, path: &str) -> Option<String> {
    let packages = found.lines().filter_map(|line| line.strip_suffix(path)?.strip_suffix(": "));
    packages.filter_map(|packages| packages.split(", ").next()).find(|first| !first.contains(' ')).map(str::to_owned)
}

fn dpkg_query(what: &str, of: &str) -> Option<String> {
    let mut command = Command::new(DPKG_QUERY);
    command.args([what, "--", of]).env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_convention() {
        for (program, directory) in [
            ("/usr/sbin/rsyslogd", "/usr/lib/rsyslog"),
            ("/usr/sbin/httpd", "/usr/lib64/httpd"),
            ("/usr/sbin/php-fpm8.2", "/usr/lib/php"),
            ("/opt/x/bin/python3.11", "/opt/x/lib/python3.11"),
            ("/usr/bin/python3.11", "/usr/lib/python3"),
            ("/sbin/init", "/usr/lib/init"),
        ] {
            assert!(by_name(Path::new(program)).contains(Path::new(directory)), "{program}");
        }
        assert!(by_name(Path::new("/usr/lib/x")).is_empty());
        assert!(!by_name(Path::new("/usr/bin/[")).contains(Path::new("/usr/lib/[")));
    }

    #[test]
    fn by_the_package() {
        let found =
            "diversion by x from: /usr/bin/program\nlibc-bin: /usr/bin/programs\na:amd64, b: /usr/bin/program\n";
        assert_eq!(owner(found, "/usr/bin/program").as_deref(), Some("a:amd64"));
        assert_eq!(owner(found, "/usr/bin/other"), None);
        assert_eq!(owner("diversion by x from: /usr/bin/program\n", "/usr/bin/program"), None);
        assert!(listed(Path::new("/usr/bin/of-no-package")).is_empty() && listed(Path::new("/usr/bin/*")).is_empty());
    }
}
