//! Where a program's modules are by convention: in the directories that its Debian package has modules in, and in
//! `PREFIX/lib/NAME`.

use super::limits::Limits;
use super::open;
use super::strings::is_library;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

const LISTS: &str = "/var/lib/dpkg/info";
/// No package's list of files is longer.
const LIST: u64 = 32 << 20;

/// Directories that may have modules for a program.
pub fn directories(program: &Path, limits: &mut Limits) -> BTreeSet<PathBuf> {
    let real = fs::canonicalize(program).unwrap_or_else(|_| program.to_path_buf());
    let mut directories = by_name(&real);
    directories.extend(listed(Path::new(LISTS), &real, limits));
    directories
}

/// `PREFIX/lib/NAME` and the like, of `PREFIX/bin/NAME`, also with the name of the project: rsyslogd is of rsyslog,
/// php-fpm8.2 of php.
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
        // One letter is the name of much else.
        found.extend(names.iter().filter(|name| name.len() > 1).map(|name| prefix.join(lib).join(name)));
    }
    found
}

/// The directories in which the package that owns a program has libraries.
fn listed(lists: &Path, program: &Path, limits: &mut Limits) -> BTreeSet<PathBuf> {
    let Some(program) = program.to_str() else { return BTreeSet::new() };
    // Packages from before /bin became /usr/bin name the old place.
    let old = program.strip_prefix("/usr").unwrap_or(program);
    for entry in fs::read_dir(lists).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension() != Some(OsStr::new("list")) || !limits.look_up(1) {
            continue;
        }
        let mut text = String::new();
        let read = open::regular(&path).map(|file| file.take(LIST).read_to_string(&mut text));
        if !matches!(read, Ok(Ok(_))) || !text.lines().any(|line| line == program || line == old) {
            continue;
        }
        let libraries = text.lines().filter(|line| is_library(line)).map(Path::new);
        return libraries.filter_map(Path::parent).map(Path::to_path_buf).collect();
    }
    BTreeSet::new()
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
        let lists = std::env::temp_dir().join(format!("sdnotify-lists-{}", std::process::id()));
        fs::create_dir(&lists).expect("a directory");
        fs::write(lists.join("a.list"), "/usr/bin/other\n/usr/lib/other/x.so\n").expect("a file");
        fs::write(lists.join("b.list"), "/bin/program\n/usr/lib/plug/in.so\n/usr/share/doc/x\n").expect("a file");
        fs::write(lists.join("b.md5sums"), "/usr/bin/program\n/wrong/x.so").expect("a file");
        let found = listed(&lists, Path::new("/usr/bin/program"), &mut Limits::new());
        fs::remove_dir_all(&lists).expect("ours");
        assert_eq!(found, BTreeSet::from([PathBuf::from("/usr/lib/plug")]));
    }
}
