//! What Perl loads for a script: follows its modules through their sources to their compiled parts.

mod uses;

use super::language::Loaded;
use crate::check::elf;
use crate::check::limits::Limits;
use crate::check::search::Search;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use uses::Uses;

/// Follows a script.
pub fn follow(script: &Path, interpreter: &Path, options: &[String], search: &Search, limits: &mut Limits) -> Loaded {
    let real = fs::canonicalize(script).unwrap_or_else(|_| script.to_path_buf());
    let own = real.parent().unwrap_or(Path::new("/")).to_path_buf();
    let mut places: Vec<PathBuf> =
        options.iter().filter_map(|option| option.strip_prefix("-I")).map(Into::into).collect();
    places.extend(std::env::split_paths(&std::env::var_os("PERL5LIB").unwrap_or_default()));
    places.extend(compiled_in(interpreter, search));
    places = places.iter().filter(|place| place.is_absolute()).flat_map(|place| search.installed(place)).collect();
    let mut loader =
        Loader { limits, places, own, loaded: Loaded::default(), seen: HashSet::new(), waiting: vec![real.clone()] };
    while let Some(path) = loader.waiting.pop() {
        let Some(text) = loader.limits.read(&path) else { continue };
        let Uses { modules, files, lib, computed } = uses::scan(&text);
        loader.loaded.texts += 1;
        loader.loaded.note_libsystemd(&path, &text);
        let is_own = path.starts_with(&loader.own);
        if is_own {
            loader.add_places(&lib, search);
        }
        // Perl's own modules load only Perl's own files.
        if computed && !path.starts_with("/usr/share/perl") && !path.starts_with("/usr/lib") {
            loader.loaded.computed.insert(path.clone());
        }
        for (name, optional) in modules {
            if !loader.module(&name) && !optional && is_own {
                loader.loaded.not_found.entry(format!("Perl module {name}")).or_insert_with(|| path.clone());
            }
        }
        for file in files {
            let found =
                loader.places.iter().chain([&loader.own]).map(|place| place.join(&file)).find(|file| file.is_file());
            loader.waiting.extend(found.filter(|file| loader.seen.insert(file.display().to_string())));
        }
    }
    loader.loaded
}

/// `@INC`, from the string constants of the interpreter or of its library.
fn compiled_in(interpreter: &Path, search: &Search) -> Vec<PathBuf> {
    let Ok(program) = elf::read(interpreter) else { return Vec::new() };
    let libraries = program.needed.iter().filter(|name| name.starts_with("libperl"));
    let libraries = libraries.filter_map(|name| search.find(name, interpreter, &program, &Default::default()));
    let mut paths = program.strings.paths.clone();
    paths.extend(libraries.filter_map(|path| elf::read(&path).ok()).flat_map(|elf| elf.strings.paths));
    paths.iter().filter(|path| path.contains("perl")).map(PathBuf::from).filter(|path| path.is_dir()).collect()
}

struct Loader<'a> {
    limits: &'a mut Limits,
    places: Vec<PathBuf>,
    /// The script's directory.
    own: PathBuf,
    loaded: Loaded,
    /// Names of modules and files.
    seen: HashSet<String>,
    waiting: Vec<PathBuf>,
}

impl Loader<'_> {
    /// `use lib`, also relative to the script.
    fn add_places(&mut self, lib: &[String], search: &Search) {
        for place in lib {
            let names = ["$FindBin::RealBin", "$FindBin::Bin", "$RealBin", "$Bin"];
            let beside =
                names.iter().find_map(|name| place.strip_prefix(name)).map(|rest| rest.trim_start_matches('/'));
            let place = beside.map_or_else(|| PathBuf::from(place), |rest| self.own.join(rest));
            if place.is_absolute() && !self.places.contains(&place) {
                self.places.splice(0..0, search.installed(&place));
            }
        }
    }

    /// Finds a module's source and its compiled part, in every directory, as the order is up to Perl. Returns whether
    /// it exists.
    fn module(&mut self, name: &str) -> bool {
        if !self.seen.insert(name.to_owned()) {
            return true;
        }
        let path = name.replace("::", "/");
        let last = name.rsplit("::").next().unwrap_or(name);
        let mut is_there = false;
        for place in &self.places {
            if !self.limits.look_up(2) {
                return true;
            }
            let text = place.join(format!("{path}.pm"));
            if text.is_file() {
                is_there = true;
                self.waiting.push(text);
            }
            let extension = place.join(format!("auto/{path}/{last}.so"));
            if elf::is_elf(&extension) {
                is_there = true;
                self.loaded.extensions.insert(extension);
            }
        }
        is_there
    }
}
