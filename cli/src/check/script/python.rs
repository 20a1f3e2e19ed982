//! What Python loads for a script: follows its imports through their sources to extension modules.

mod imports;
mod paths;

use super::language::Loaded;
use crate::check::limits::Limits;
use crate::check::search::Search;
use imports::{Import, Imports};
use paths::Paths;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that are built in, in some version of Python.
const BUILT_IN: &str = "_abc _ast _bisect _blake2 _codecs _collections _csv _datetime _elementtree _functools _heapq _imp _io \
    _locale _md5 _opcode _operator _pickle _posixsubprocess _random _sha1 _sha2 _sha256 _sha3 _sha512 _signal _socket _sre \
    _stat _statistics _string _struct _suggestions _symtable _sysconfig _thread _tokenize _tracemalloc _typing _warnings \
    _weakref array atexit binascii builtins cmath errno faulthandler fcntl gc grp itertools marshal math posix pwd pyexpat \
    resource select spwd sys syslog termios time unicodedata zlib";

/// Follows a script.
pub fn follow(script: &Path, interpreter: &Path, search: &Search, limits: &mut Limits) -> Loaded {
    let real = fs::canonicalize(script).unwrap_or_else(|_| script.to_path_buf());
    let own = real.parent().unwrap_or(Path::new("/")).to_path_buf();
    let mut paths = Paths::of(interpreter, search, limits);
    paths.places.insert(0, own.clone());
    let mut importer = Importer {
        limits,
        paths,
        own,
        loaded: Loaded::default(),
        folders: HashMap::new(),
        found: HashMap::new(),
        seen: HashSet::from([real.clone()]),
        waiting: vec![(real.clone(), Vec::new())],
    };
    while let Some((path, package)) = importer.waiting.pop() {
        let Some(text) = importer.limits.read(&path) else { continue };
        let Imports { imports, computed, paths } = imports::scan(&text);
        importer.loaded.texts += 1;
        importer.loaded.note_libsystemd(&path, &text);
        if computed && !importer.paths.is_standard(&path) {
            importer.loaded.computed.insert(path.clone());
        }
        if path == real {
            let added = paths.iter().flat_map(|place| search.installed(&importer.own.join(place)));
            importer.paths.places.splice(1..1, added.collect::<Vec<_>>());
        }
        for import in imports {
            importer.import(&import, &path, &package);
        }
    }
    importer.loaded
}

/// A folder's entries by the part of their names before the first dot.
type Folder = BTreeMap<String, Vec<String>>;

struct Importer<'a> {
    limits: &'a mut Limits,
    paths: Paths,
    /// The script's directory.
    own: PathBuf,
    loaded: Loaded,
    folders: HashMap<PathBuf, Folder>,
    /// Modules looked up so far, with the places of their submodules; `None` if a module does not exist.
    found: HashMap<String, Option<Vec<PathBuf>>>,
    seen: HashSet<PathBuf>,
    /// Texts to read, each with the package that it is in.
    waiting: Vec<(PathBuf, Vec<String>)>,
}

impl Importer<'_> {
    fn import(&mut self, import: &Import, by: &Path, package: &[String]) {
        let mut name: Vec<String> = Vec::new();
        if import.level > 0 {
            let Some(length) = package.len().checked_sub(import.level - 1) else { return };
            name.extend_from_slice(&package[..length]);
        }
        name.extend(import.module.split('.').filter(|part| !part.is_empty()).map(str::to_owned));
        let first = name.first().cloned().unwrap_or_default();
        if !name.is_empty() && !self.load(&name) && !import.optional && import.level == 0 && by.starts_with(&self.own) {
            let is_built_in = BUILT_IN.split_whitespace().any(|built_in| built_in == first);
            if !is_built_in && !first.starts_with("__") && !self.load(&name[..1]) {
                self.loaded.not_found.entry(format!("Python module {first}")).or_insert_with(|| by.to_path_buf());
            }
        }
        for last in &import.names {
            name.push(last.clone());
            // Most are no modules.
            let _ = self.load(&name);
            name.pop();
        }
    }

    /// Finds a module and all packages that contain it; returns whether it exists.
    fn load(&mut self, name: &[String]) -> bool {
        let mut places: Vec<PathBuf> = self.paths.places.clone();
        for (at, part) in name.iter().enumerate() {
            let dotted = name[..=at].join(".");
            let found = match self.found.get(&dotted) {
                Some(found) => found.clone(),
                None => {
                    let found = self.find(part, &places, &name[..=at]);
                    self.found.insert(dotted, found.clone());
                    found
                }
            };
            match found {
                Some(inner) => places = inner,
                None => return false,
            }
        }
        true
    }

    /// One part of a name, as `importlib` finds it: a package, an extension module, a text, a folder without __init__.
    fn find(&mut self, part: &str, places: &[PathBuf], name: &[String]) -> Option<Vec<PathBuf>> {
        let mut folders = Vec::new();
        for place in places {
            let Some(entries) = self.folder(place).get(part).cloned() else { continue };
            let folder = place.join(part);
            let is_folder = entries.iter().any(|entry| entry == part) && folder.is_dir();
            if is_folder && let Some(inside) = self.folder(&folder).get("__init__").cloned() {
                self.take(&folder, &inside, name);
                return Some(vec![folder]);
            }
            let package = &name[..name.len() - 1];
            if self.take(place, &entries, package) {
                return Some(Vec::new());
            }
            folders.extend(is_folder.then_some(folder));
        }
        (!folders.is_empty()).then_some(folders)
    }

    /// The file to load among those with the same name; returns whether there is one.
    fn take(&mut self, place: &Path, entries: &[String], package: &[String]) -> bool {
        if let Some(entry) = entries.iter().find(|entry| self.paths.is_extension(entry)) {
            self.loaded.extensions.insert(place.join(entry));
            return true;
        }
        let ends =
            |end: &str| entries.iter().find(|entry| entry.split_once('.').is_some_and(|(_, after)| after == end));
        if let Some(entry) = ends("py") {
            let path = place.join(entry);
            if self.seen.insert(path.clone()) {
                self.waiting.push((path, package.to_vec()));
            }
            return true;
        }
        let compiled = ends("pyc").map(|entry| place.join(entry));
        let is_there = compiled.is_some();
        self.loaded.computed.extend(compiled);
        is_there
    }

    fn folder(&mut self, path: &Path) -> &Folder {
        let limits = &mut *self.limits;
        self.folders.entry(path.to_path_buf()).or_insert_with(|| {
            let mut folder = Folder::new();
            for entry in fs::read_dir(path).into_iter().flatten().flatten() {
                if !limits.look_up(1) {
                    break;
                }
                let Ok(name) = entry.file_name().into_string() else { continue };
                let stem = name.split('.').next().unwrap_or_default().to_owned();
                folder.entry(stem).or_default().push(name);
            }
            folder
        })
    }
}
