//! Finds and reads the files of `--unit`: the service, its drop-ins and its socket units.

use crate::exit::{Error, Result};
use crate::unit::service::{self, Service};
use crate::unit::socket::{self, Socket};
use crate::unit::specifier::{Specifiers, System};
use crate::unit::syntax::Assignment;
use crate::unit::{Remarks, environment};
use nix::unistd::{Gid, Group, Uid, User};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// Where systemd looks for a unit given by name.
const DIRECTORIES: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// What the files say.
pub struct Units {
    pub service: Service,
    pub sockets: Vec<Socket>,
    /// Of `Environment=` and the files.
    pub environment: Vec<(OsString, OsString)>,
    pub remarks: Vec<String>,
}

/// Reads them all. Anything for which systemd refuses the unit is an error.
pub fn load(files: &[PathBuf]) -> Result<Units> {
    let has_suffix = |suffix: &'static str| move |path: &&PathBuf| path.extension().is_some_and(|end| end == suffix);
    if let Some(other) = files.iter().find(|path| !has_suffix("service")(path) && !has_suffix("socket")(path)) {
        return Err(bad(other, "neither a .service nor a .socket file"));
    }
    let services: Vec<&PathBuf> = files.iter().filter(has_suffix("service")).collect();
    let [file] = services[..] else {
        return Err(Error::Usage("--unit: give exactly one .service file, and any .socket files with it".into()));
    };
    let mut remarks = Remarks::default();
    let found = Found::new(file)?;
    let specifiers = Specifiers::new(&found.name, system(&found.file));
    let assignments = found.read(&mut remarks)?;
    let service = service::read(&assignments, &specifiers, &mut remarks).map_err(Error::Usage)?;
    let mut sockets = Vec::new();
    for file in found.sockets(&service.sockets, files.iter().filter(has_suffix("socket"))) {
        let found = Found::new(&file)?;
        let assignments = found.read(&mut remarks)?;
        let specifiers = specifiers.of(&found.name);
        sockets.push(socket::read(&assignments, &specifiers, &mut remarks).map_err(Error::Usage)?);
    }
    let environment = read_environment(&service, &mut remarks)?;
    Ok(Units { service, sockets, environment, remarks: remarks.into_lines() })
}

fn bad(path: &Path, problem: impl std::fmt::Display) -> Error {
    Error::Usage(format!("--unit={}: {problem}", path.display()))
}

/// A unit, and where its files are.
struct Found {
    name: String,
    file: PathBuf,
    directories: Vec<PathBuf>,
    /// The names whose drop-ins apply: its own, and its template's.
    names: Vec<String>,
}

impl Found {
    fn new(path: &Path) -> Result<Found> {
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| bad(path, "not a unit name"))?;
        let mut names = vec![name.to_owned()];
        if let (Some((prefix, _)), Some((_, suffix))) = (name.split_once('@'), name.rsplit_once('.')) {
            names.push(format!("{prefix}@.{suffix}"));
        }
        let here = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut directories = vec![here.to_owned()];
        let find = |directories: &[PathBuf]| {
            let of_name = |name| directories.iter().map(move |directory: &PathBuf| directory.join(name));
            names.iter().flat_map(of_name).find(|file| file.exists())
        };
        if find(&directories).is_none() && path.components().count() == 1 {
            directories = DIRECTORIES.map(PathBuf::from).to_vec();
        }
        let file = find(&directories).ok_or_else(|| bad(path, "no such file"))?;
        Ok(Found { name: name.to_owned(), file, directories, names })
    }

    /// The unit's file and its drop-ins, sorted by name; of several drop-ins with one name, the first.
    fn read(&self, remarks: &mut Remarks) -> Result<Vec<Assignment>> {
        let mut drop_ins = BTreeMap::new();
        for (name, directory) in self.names.iter().flat_map(|name| self.directories.iter().map(move |at| (name, at))) {
            let entries = fs::read_dir(directory.join(format!("{name}.d"))).into_iter().flatten().flatten();
            for path in
                entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "conf"))
            {
                drop_ins.entry(path.file_name().map(ToOwned::to_owned)).or_insert(path);
            }
        }
        let mut assignments = Vec::new();
        for file in [&self.file].into_iter().chain(drop_ins.values()) {
            let text = fs::read(file).map_err(|error| bad(file, error))?;
            assignments.extend(remarks.read(&file.to_string_lossy(), &text));
        }
        Ok(assignments)
    }

    /// The socket units of this service: the one with its name next to it, those of `Sockets=`, and those given.
    fn sockets<'a>(&self, named: &[String], given: impl Iterator<Item = &'a PathBuf>) -> Vec<PathBuf> {
        let stem = self.name.strip_suffix(".service").unwrap_or(&self.name);
        let own = format!("{stem}.socket");
        let beside =
            |name: &String| self.directories.iter().map(|directory| directory.join(name)).find(|path| path.exists());
        let mut files: Vec<PathBuf> = beside(&own).into_iter().collect();
        let named = named.iter().map(|name| beside(name).unwrap_or_else(|| PathBuf::from(name)));
        for file in named.chain(given.cloned()) {
            if !files.iter().any(|other| other.file_name() == file.file_name()) {
                files.push(file);
            }
        }
        files
    }
}

/// `Environment=` first, then the files, as systemd does.
fn read_environment(service: &Service, remarks: &mut Remarks) -> Result<Vec<(OsString, OsString)>> {
    let mut variables = service.environment.clone();
    for file in &service.environment_files {
        let text = match fs::read(&file.path) {
            Err(_) if file.optional => continue,
            result => result.map_err(|error| Error::Usage(format!("EnvironmentFile={}: {error}", file.path)))?,
        };
        let (more, bad) = environment::file(&text);
        for (name, value) in more {
            environment::set(&mut variables, name, value);
        }
        for line in bad {
            remarks.add(format!("{}:{line}: not an assignment, ignoring it", file.path));
        }
    }
    Ok(variables.into_iter().map(|(name, value)| (OsString::from_vec(name), OsString::from_vec(value))).collect())
}

/// The runtime directory for services of this user's manager.
pub fn runtime_directory() -> PathBuf {
    let given = std::env::var_os("XDG_RUNTIME_DIR").filter(|_| !Uid::effective().is_root()).map(PathBuf::from);
    given.unwrap_or_else(|| "/run".into())
}

/// The specifiers for this system and user.
fn system(file: &Path) -> System {
    let (uid, gid) = (Uid::effective(), Gid::effective());
    let user = User::from_uid(uid).ok().flatten();
    let group = Group::from_gid(gid).ok().flatten();
    let home = user.as_ref().map(|user| user.dir.clone()).unwrap_or_default();
    let of_user = |variable: &str, below: &str, system: &str| match std::env::var_os(variable).map(PathBuf::from) {
        _ if uid.is_root() => PathBuf::from(system),
        Some(given) => given,
        None => home.join(below),
    };
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let host = read("/proc/sys/kernel/hostname");
    let state = of_user("XDG_STATE_HOME", ".local/state", "/var/lib");
    let logs = if uid.is_root() { PathBuf::from("/var/log") } else { state.join("log") };
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let parent = file.parent().map(Path::to_owned).unwrap_or_default();
    let paths = [
        (b't', runtime_directory()),
        (b'S', state),
        (b'C', of_user("XDG_CACHE_HOME", ".cache", "/var/cache")),
        (b'L', logs),
        (b'E', of_user("XDG_CONFIG_HOME", ".config", "/etc")),
        (b'T', PathBuf::from("/tmp")),
        (b'V', PathBuf::from("/var/tmp")),
        (b'y', file),
        (b'Y', parent),
        (b's', user.as_ref().map(|user| user.shell.clone()).unwrap_or_default()),
        (b'h', home),
    ];
    let texts = [
        (b'l', host.split('.').next().unwrap_or_default().to_owned()),
        (b'H', host),
        (b'm', read("/etc/machine-id")),
        (b'b', read("/proc/sys/kernel/random/boot_id").replace('-', "")),
        (b'v', read("/proc/sys/kernel/osrelease")),
        (b'a', std::env::consts::ARCH.replace("x86_64", "x86-64").replace("aarch64", "arm64")),
        (b'u', user.map(|user| user.name).unwrap_or_default()),
        (b'U', uid.to_string()),
        (b'g', group.map(|group| group.name).unwrap_or_default()),
        (b'G', gid.to_string()),
    ];
    let paths = paths.map(|(letter, path)| (letter, path.into_os_string().into_vec()));
    paths.into_iter().chain(texts.map(|(letter, text)| (letter, text.into_bytes()))).collect()
}
