//! Where Python looks for modules: `sys.path`, computed without running Python.

use crate::check::limits::Limits;
use crate::check::search::Search;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The most `.pth` files to read in one folder.
const FILES: usize = 256;

pub struct Paths {
    pub places: Vec<PathBuf>,
    standard: Vec<PathBuf>,
    /// As in `cpython-311`, if the version is known.
    tag: Option<String>,
}

impl Paths {
    pub fn of(interpreter: &Path, search: &Search, limits: &mut Limits) -> Paths {
        let real = fs::canonicalize(interpreter).unwrap_or_else(|_| interpreter.to_path_buf());
        let environment = environment(interpreter, limits);
        let prefix = prefix(environment.as_ref().and_then(|it| it.home.as_deref()).unwrap_or(&real));
        let versions = versions(&real, &prefix);
        let mut paths = Paths { places: Vec::new(), standard: Vec::new(), tag: None };
        if let [only] = versions.as_slice() {
            paths.tag = Some(format!("cpython-{}", only.trim_start_matches("python").replace('.', "")));
        }
        let mut add = |place: PathBuf| paths.places.extend(search.installed(&place));
        let variable = std::env::var_os("PYTHONPATH").unwrap_or_default();
        std::env::split_paths(&variable).filter(|place| place.is_absolute()).for_each(&mut add);
        for (lib, version) in ["lib", "lib64"].iter().flat_map(|lib| versions.iter().map(move |it| (lib, it))) {
            let standard = prefix.join(lib).join(version);
            add(standard.clone());
            add(standard.join("lib-dynload"));
            paths.standard.extend(search.installed(&standard));
        }
        let mut sites = Vec::new();
        for version in &versions {
            if let Some(environment) = &environment {
                sites.push(environment.root.join("lib").join(version).join("site-packages"));
            }
            if environment.as_ref().is_none_or(|it| it.sees_system) {
                let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/lib"));
                for lib in home.into_iter().chain(["/usr/local/lib".into(), prefix.join("lib"), prefix.join("lib64")]) {
                    sites.extend(["site-packages", "dist-packages"].map(|site| lib.join(version).join(site)));
                }
            }
        }
        if environment.as_ref().is_none_or(|it| it.sees_system) {
            sites.push(prefix.join("lib/python3/dist-packages"));
        }
        for site in sites.iter().flat_map(|site| search.installed(site)) {
            let more = added(&site, limits);
            paths.places.push(site);
            paths.places.extend(more);
        }
        paths
    }

    /// Whether a file is of the standard library.
    pub fn is_standard(&self, path: &Path) -> bool {
        let is_package = |part: &OsStr| part == "dist-packages" || part == "site-packages";
        self.standard.iter().any(|place| path.strip_prefix(place).is_ok_and(|rest| !rest.iter().any(is_package)))
    }

    /// Whether this Python accepts a file as an extension module: `NAME.so`, `NAME.abi3.so`, `NAME.cpython-311-….so`.
    pub fn is_extension(&self, entry: &str) -> bool {
        let Some((_, end)) = entry.split_once('.') else { return false };
        let Some(tag) = end.strip_suffix("so").and_then(|tag| tag.strip_suffix('.').or((tag.is_empty()).then_some("")))
        else {
            return false;
        };
        match &self.tag {
            _ if tag.is_empty() || tag == "abi3" => true,
            None => tag.starts_with("cpython-"),
            Some(own) => {
                tag.strip_prefix(own.as_str()).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
            }
        }
    }
}

/// `PREFIX/bin/python3`.
fn prefix(interpreter: &Path) -> PathBuf {
    let prefix = interpreter.parent().and_then(Path::parent).unwrap_or(Path::new("/usr"));
    // /bin is /usr/bin.
    if prefix == Path::new("/") { "/usr".into() } else { prefix.to_path_buf() }
}

/// The version, from the program's name (`python3.11`) or from the folders that exist.
fn versions(interpreter: &Path, prefix: &Path) -> Vec<String> {
    let name = interpreter.file_name().and_then(OsStr::to_str).unwrap_or_default();
    if name.starts_with("python") && name.contains('.') {
        return vec![name.to_owned()];
    }
    let entries = fs::read_dir(prefix.join("lib")).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut versions: Vec<String> = names.filter(|name| name.starts_with("python3.")).take(FILES).collect();
    versions.sort();
    versions
}

/// A virtual environment.
struct Environment {
    root: PathBuf,
    /// The program that it was created with.
    home: Option<PathBuf>,
    sees_system: bool,
}

fn environment(interpreter: &Path, limits: &mut Limits) -> Option<Environment> {
    let bin = interpreter.parent()?;
    for root in [bin, bin.parent()?] {
        let Some(text) = limits.read(&root.join("pyvenv.cfg")) else { continue };
        let value = |name: &str| {
            let pairs = text.lines().filter_map(|line| line.split_once('='));
            pairs.filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned()).next()
        };
        let home = value("home").map(|bin| PathBuf::from(bin).join("python3"));
        let home = home.map(|program| fs::canonicalize(&program).unwrap_or(program));
        let sees_system = value("include-system-site-packages").is_some_and(|value| value == "true");
        return Some(Environment { root: root.to_path_buf(), home, sees_system });
    }
    None
}

/// The folders that `.pth` files in a folder name.
fn added(site: &Path, limits: &mut Limits) -> Vec<PathBuf> {
    let entries = fs::read_dir(site).into_iter().flatten().flatten().map(|entry| entry.path());
    let files: Vec<PathBuf> = entries.filter(|path| path.extension() == Some(OsStr::new("pth"))).take(FILES).collect();
    let mut found = Vec::new();
    for text in files.iter().filter_map(|file| limits.read(file)) {
        // Lines of code are not run.
        let lines = text
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("import"));
        found.extend(lines.take(FILES).map(|line| site.join(line)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions() {
        let mut paths = Paths { places: Vec::new(), standard: Vec::new(), tag: Some("cpython-31".into()) };
        assert!(paths.is_extension("a.cpython-31-x86_64-linux-gnu.so"));
        assert!(!paths.is_extension("a.cpython-311-x86_64-linux-gnu.so"));
        paths.tag = None;
        for (entry, expected) in [
            ("a.so", true),
            ("a.abi3.so", true),
            ("a.cpython-39-aarch64-linux-gnu.so", true),
            ("a.pypy39-pp73-x86_64-linux-gnu.so", false),
            ("a.py", false),
            ("so", false),
            ("a.notso", false),
        ] {
            assert_eq!(paths.is_extension(entry), expected, "{entry}");
        }
    }

    #[test]
    fn of_this_machine() {
        let prefix = Path::new("/usr");
        assert_eq!(versions(Path::new("/usr/bin/python3.11"), prefix), ["python3.11"]);
        assert_eq!(super::prefix(Path::new("/bin/python3")), prefix);
    }

    #[test]
    fn additional_paths() {
        let site = std::env::temp_dir().join(format!("sdnotify-site-{}", std::process::id()));
        fs::create_dir(&site).expect("a directory");
        fs::write(site.join("a.pth"), "# x\nimport sys\n/opt/x\nbeside\n\n").expect("a file");
        fs::write(site.join("b.txt"), "/no").expect("a file");
        let found = added(&site, &mut Limits::new());
        fs::remove_dir_all(&site).expect("ours");
        assert_eq!(found, [PathBuf::from("/opt/x"), site.join("beside")]);
    }
}
