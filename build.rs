//! Compiles the variadic functions and names the shared library that a plain `cargo build` makes.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(cbindgen)");
    println!("cargo::rustc-check-cfg=cfg(trampolines)");

    let mut c = cc::Build::new();
    c.std("c99").warnings(true).extra_warnings(true).flag("-fvisibility=hidden").flag("-fno-plt");

    // Otherwise GCC copies texts with an instruction that is slow to begin, to save a few bytes.
    c.flag_if_supported("-mstringop-strategy=libcall");

    // rustc hides the C symbols of a cdylib. Where naked functions are supported, one carries the public name and the C
    // function a private one. Elsewhere the C function has the public name, and only `make` exports it.
    let arch = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    if matches!(arch.as_str(), "x86_64" | "x86" | "aarch64" | "riscv64") {
        c.define("TRAMPOLINES", None);
        println!("cargo::rustc-cfg=trampolines");
    }
    for header in ["linkage.h", "text.h", "arguments.h"] {
        println!("cargo::rerun-if-changed=src/variadic/{header}");
    }
    archive(&c, &["text.c", "arguments.c", "notify.c", "journal.c"].map(|name| format!("src/variadic/{name}")));

    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libsdnotify.so.0");
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        // A reachable panic leaves an undefined symbol (see src/lib.rs): refuse to link it.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,defs");
        // Small, with nothing writable after start-up, like the libraries that `make` links.
        println!("cargo::rerun-if-changed=abi/layout.ld");
        let layout = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("abi/layout.ld");
        println!("cargo::rustc-cdylib-link-arg=-Wl,--defsym=libsdnotify_state=8");
        println!("cargo::rustc-cdylib-link-arg=-nostartfiles");
        println!("cargo::rustc-cdylib-link-arg=-Wl,-Bsymbolic-functions");
        println!("cargo::rustc-cdylib-link-arg=-Wl,-T,{},--no-eh-frame-hdr", layout.display());
    }
}

/// Compiles C files into a static library that cargo links.
///
/// Distributions put `-flto` into `$CFLAGS`, but rustc links machine code only. The cc crate appends `$CFLAGS` to its
/// own flags, so this calls the compiler itself, to put its flags last.
fn archive(c: &cc::Build, sources: &[String]) {
    let directory = std::path::PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let mut library = cc::Build::new();
    for source in sources {
        println!("cargo::rerun-if-changed={source}");
        let object = directory.join(source).with_extension("o");
        std::fs::create_dir_all(object.parent().expect("a file in a directory")).expect("OUT_DIR can be written to");
        let mut compiler = c.get_compiler().to_command();
        compiler.args(["-fno-lto", "-c", source, "-o"]).arg(&object);
        let status = compiler.status().unwrap_or_else(|error| panic!("{compiler:?}: {error}"));
        assert!(status.success(), "{compiler:?}: {status}");
        library.object(object);
    }
    library.compile("sdnotify_variadic");
}
