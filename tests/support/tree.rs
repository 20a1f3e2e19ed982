//! Where things are, and C programs built against the installed tree.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, Once, PoisonError};

/// The checkout.
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the checkout").to_path_buf()
}

/// What `make install PREFIX=...` put there before the tests (tests/stages/10-build, or tests/machines elsewhere).
pub fn installed() -> PathBuf {
    let tree = std::env::var_os("SDNOTIFY_TREE").map_or_else(|| top().join("target/tree"), PathBuf::from);
    assert!(
        tree.join("lib/libsdnotify.so.0").exists(),
        "no installed tree: run `make check`, or tests/stages/10-build"
    );
    tree
}

/// A new directory for one test, under the system's own for temporary files; removed when dropped, or at the end of the
/// process, as what a static holds is never dropped.
pub struct Scratch(PathBuf);

static SCRATCH: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

extern "C" fn remove_scratch() {
    for path in SCRATCH.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        remove_all(&path);
    }
}

/// Removes a directory, and what a test has made unreadable in it, which stops all but root.
pub fn remove_all(path: &Path) {
    if std::fs::remove_dir_all(path).is_err() && path.exists() {
        let _ = Command::new("chmod").args(["-R", "u+rwx"]).arg(path).status();
        let _ = std::fs::remove_dir_all(path);
    }
}

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("sdnotify-{name}-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory for temporary files");
        static AT_EXIT: Once = Once::new();
        AT_EXIT.call_once(|| {
            // SAFETY: a function without arguments, which is there until the process ends.
            unsafe { libc::atexit(remove_scratch) };
        });
        SCRATCH.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
        Scratch(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn dir(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        SCRATCH.lock().unwrap_or_else(PoisonError::into_inner).retain(|path| *path != self.0);
        remove_all(&self.0);
    }
}

/// Runs a command, and panics with all it said if it fails; its standard output otherwise.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// Starts a command with none of the protocols' variables set.
pub fn without_variables(command: &mut Command) {
    for name in libsdnotify_engine::env::names() {
        command.env_remove(name);
    }
}

/// What pkg-config answers about libsdnotify (or, from the private directory, libsystemd) in the installed tree.
pub fn pkg_config(package: &str, arguments: &[&str]) -> Vec<String> {
    let lib = installed().join("lib");
    let path = format!("{0}/pkgconfig:{0}/libsdnotify/pkgconfig", lib.display());
    let answer = run(Command::new("pkg-config").env("PKG_CONFIG_PATH", path).args(arguments).arg(package));
    answer.split_whitespace().map(str::to_owned).collect()
}

/// Compiles a program from sources in tests/c/, or elsewhere by absolute paths, with more arguments (say, flags of
/// [`pkg_config`]); the program, which is named after the first source.
pub fn compile(compiler: &str, scratch: &Scratch, sources: &[&str], arguments: &[String]) -> PathBuf {
    let name = Path::new(sources[0]).file_stem().and_then(|name| name.to_str()).expect("a source");
    let program = scratch.path(name);
    let mut command = Command::new(compiler);
    command.args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-g"]);
    command.args(sources.iter().map(|source| top().join("tests/c").join(source)));
    run(command.args(arguments).arg("-o").arg(&program));
    program
}

/// What links a program with libsdnotify.so.0 of the installed tree, wherever that is.
pub fn linked_with_ours() -> Vec<String> {
    let (include, lib) = (installed().join("include"), installed().join("lib"));
    let library = lib.join("libsdnotify.so.0");
    let headers = include.join("libsdnotify");
    [
        format!("-I{}", headers.display()),
        format!("-I{}", include.display()),
        library.display().to_string(),
        format!("-Wl,-rpath,{}", lib.display()),
    ]
    .to_vec()
}

pub fn is_root() -> bool {
    // SAFETY: geteuid() takes nothing and cannot fail.
    unsafe { libc::geteuid() == 0 }
}
