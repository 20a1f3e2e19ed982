//! C projects that find the library by CMake and meson.

use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::tree::{Scratch, installed, run, top};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Succeeds if a message by each of both headers is sent.
const BOTH: &str = "#include <sdnotify.h>\n#include <systemd/sd-daemon.h>\nint main(void) {\n\
    int channel;\n\
    return sd_notify(0, \"READY=1\") == 1 && sdn_connect(0, &channel) == 1 && sdn_send(channel, \"STATUS=2\") == 1 ? 0 : 1;\n\
    }\n";

/// One that was written for libsystemd.
const OLD: &str = "#include <systemd/sd-daemon.h>\nint main(void) {\n\
    return sd_notify(0, \"READY=1\") == 1 && sd_notify(0, \"STATUS=2\") == 1 ? 0 : 1;\n}\n";

fn project(name: &str, program: &str, files: &[(&str, &str)]) -> Scratch {
    let scratch = Scratch::new(name);
    std::fs::create_dir_all(scratch.path("source/subprojects")).expect("a directory");
    for (name, text) in [("program.c", program)].iter().chain(files) {
        std::fs::write(scratch.path("source").join(name), text).expect("a source");
    }
    scratch
}

/// A build tool that knows nothing but what it is told.
fn tool(program: &str) -> Command {
    let mut command = Command::new(program);
    for name in ["PKG_CONFIG_PATH", "CMAKE_PREFIX_PATH", "CFLAGS", "LDFLAGS", "CARGO_BUILD_TARGET", "MAKEFLAGS"] {
        command.env_remove(name);
    }
    command
}

fn configure(scratch: &Scratch) -> Command {
    let mut cmake = tool("cmake");
    cmake.arg("-S").arg(scratch.path("source")).arg("-B").arg(scratch.path("build"));
    cmake
}

fn build(scratch: &Scratch) {
    run(tool("cmake").arg("--build").arg(scratch.path("build")));
}

/// Runs a program, which sends two messages.
fn works(program: &Path, library_path: &Path) {
    let receiver = Receiver::abstract_name();
    run(Command::new(program).env("NOTIFY_SOCKET", receiver.address()).env("LD_LIBRARY_PATH", library_path));
    assert_eq!((receiver.next().text().as_str(), receiver.next().text().as_str()), ("READY=1", "STATUS=2"));
}

/// The libraries that a program needs, but for the C library.
fn needed(program: &Path) -> Vec<String> {
    let dynamic = run(Command::new("readelf").args(["-W", "-d"]).arg(program));
    let needed = dynamic.lines().filter(|line| line.contains("(NEEDED)"));
    let names = needed.filter_map(|line| Some(line.split_once('[')?.1.trim_end_matches(']').to_owned()));
    names.filter(|name| !name.starts_with("libc.so")).collect()
}

/// A tree in whose directory of libraries is the libsystemd.so of this machine, too, as in /usr.
fn beside_libsystemd() -> (Scratch, PathBuf) {
    let scratch = Scratch::new("beside");
    let prefix = scratch.path("usr");
    let make = Command::new("make")
        .current_dir(top())
        .args(["install", "DESTDIR=", &format!("PREFIX={}", prefix.display())])
        .env_remove("MAKEFLAGS")
        .output()
        .expect("make");
    assert!(make.status.success(), "{make:?}");
    let theirs = run(Command::new("cc").arg("-print-file-name=libsystemd.so"));
    let theirs = Path::new(theirs.trim());
    assert!(theirs.is_absolute(), "libsystemd-dev is not installed");
    std::os::unix::fs::symlink(theirs, prefix.join("lib/libsystemd.so")).expect("a link");
    (scratch, prefix)
}

const FIND_PACKAGE: &str = "cmake_minimum_required(VERSION 3.10)\nproject(p C)\n\
    find_package(libsdnotify 0.1 REQUIRED)\nfind_package(libsdnotify REQUIRED)\n\
    add_executable(shared program.c)\ntarget_link_libraries(shared libsdnotify::sdnotify)\n\
    add_executable(static program.c)\ntarget_link_libraries(static libsdnotify::sdnotify_static)\n";

#[test]
fn cmake_finds_the_package() {
    let scratch = project("cmake", BOTH, &[("CMakeLists.txt", FIND_PACKAGE)]);
    run(configure(&scratch).arg(format!("-DCMAKE_PREFIX_PATH={}", installed().display())));
    build(&scratch);
    let (shared, statically) = (scratch.path("build/shared"), scratch.path("build/static"));
    assert_eq!(needed(&shared), ["libsdnotify.so.0"]);
    assert_eq!(needed(&statically), [""; 0]);
    works(&shared, &installed().join("lib"));
    works(&statically, Path::new(""));
}

#[test]
fn cmake_refuses_another_version() {
    for version in ["0.99", "1.0"] {
        let text = FIND_PACKAGE.replace(" 0.1 ", &format!(" {version} "));
        let scratch = project("version", BOTH, &[("CMakeLists.txt", &text)]);
        let output = configure(&scratch).arg(format!("-DCMAKE_PREFIX_PATH={}", installed().display())).output();
        let output = output.expect("cmake");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains("libsdnotify-config.cmake, version: 0."),
            "{version}: {said}"
        );
    }
}

/// A module as many projects carry: it takes the directories of pkg-config, and looks there for libsystemd.
const FIND_MODULE: &str = "cmake_minimum_required(VERSION 3.10)\nproject(p C)\nfind_package(PkgConfig REQUIRED)\n\
    pkg_check_modules(PC_SYSTEMD QUIET libsystemd)\n\
    find_path(SYSTEMD_INCLUDE systemd/sd-daemon.h HINTS ${PC_SYSTEMD_@INCLUDE@})\n\
    find_library(SYSTEMD_LIBRARY systemd HINTS ${PC_SYSTEMD_@LIBRARY@})\n\
    add_executable(program program.c)\ntarget_include_directories(program PRIVATE ${SYSTEMD_INCLUDE})\n\
    target_link_libraries(program ${SYSTEMD_LIBRARY})\n";

#[test]
fn a_find_module_gets_ours_where_both_are_installed() {
    let (_tree, prefix) = beside_libsystemd();
    for (include, library) in [("INCLUDEDIR", "LIBDIR"), ("INCLUDE_DIRS", "LIBRARY_DIRS")] {
        let text = FIND_MODULE.replace("@INCLUDE@", include).replace("@LIBRARY@", library);
        let scratch = project("find", OLD, &[("CMakeLists.txt", &text)]);
        run(configure(&scratch).env("PKG_CONFIG_PATH", prefix.join("lib/libsdnotify/pkgconfig")));
        build(&scratch);
        let cache = std::fs::read_to_string(scratch.path("build/CMakeCache.txt")).expect("a cache");
        let header = format!("SYSTEMD_INCLUDE:PATH={}\n", prefix.join("include/libsdnotify").display());
        assert!(cache.contains(&header), "{cache}");
        assert_eq!(needed(&scratch.path("build/program")), ["libsdnotify.so.0"], "{library}");
        works(&scratch.path("build/program"), &prefix.join("lib"));
    }
}

/// Without pkg-config: CMake's own variables, as INSTALL.md has it.
#[test]
fn a_project_that_looks_by_itself_is_told_where() {
    let (_tree, prefix) = beside_libsystemd();
    let text = FIND_MODULE.replace(" HINTS ${PC_SYSTEMD_@INCLUDE@}", "").replace(" HINTS ${PC_SYSTEMD_@LIBRARY@}", "");
    let scratch = project("by-itself", OLD, &[("CMakeLists.txt", &text)]);
    run(configure(&scratch)
        .arg(format!("-DCMAKE_INCLUDE_PATH={}", prefix.join("include/libsdnotify").display()))
        .arg(format!("-DCMAKE_LIBRARY_PATH={}", prefix.join("lib/libsdnotify").display())));
    build(&scratch);
    let cache = std::fs::read_to_string(scratch.path("build/CMakeCache.txt")).expect("a cache");
    let header = format!("SYSTEMD_INCLUDE:PATH={}\n", prefix.join("include/libsdnotify").display());
    assert!(cache.contains(&header), "{cache}");
    assert_eq!(needed(&scratch.path("build/program")), ["libsdnotify.so.0"]);
    works(&scratch.path("build/program"), &prefix.join("lib"));
}

const MESON: &str = "project('p', 'c')\n\
    executable('program', 'program.c', dependencies: dependency('@NAME@', fallback: ['libsdnotify', 'libsdnotify_dep']))\n";

fn meson(scratch: &Scratch) -> Command {
    let mut meson = tool("meson");
    meson.arg("setup").arg(scratch.path("build")).arg(scratch.path("source"));
    meson
}

#[test]
fn a_meson_subproject() {
    let scratch = project("meson", BOTH, &[("meson.build", &MESON.replace("@NAME@", "libsdnotify"))]);
    let copy = "git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t \"$0\"";
    let subproject = scratch.path("source/subprojects/libsdnotify");
    std::fs::create_dir(&subproject).expect("a directory");
    run(Command::new("sh").args(["-ec", copy]).arg(&subproject).current_dir(top()));
    run(meson(&scratch).arg("--wrap-mode=forcefallback"));
    run(tool("ninja").arg("-C").arg(scratch.path("build")));
    assert_eq!(needed(&scratch.path("build/program")), [""; 0]);
    works(&scratch.path("build/program"), Path::new(""));
    assert!(!subproject.join("target").exists(), "the build writes to the build directory only");
}

#[test]
fn meson_by_pkg_config() {
    for (name, program, directory) in
        [("libsdnotify", BOTH, "lib/pkgconfig"), ("libsystemd", OLD, "lib/libsdnotify/pkgconfig")]
    {
        let scratch = project("meson", program, &[("meson.build", &MESON.replace("@NAME@", name))]);
        run(meson(&scratch).env("PKG_CONFIG_PATH", installed().join(directory)));
        run(tool("ninja").arg("-C").arg(scratch.path("build")));
        assert_eq!(needed(&scratch.path("build/program")), ["libsdnotify.so.0"]);
        works(&scratch.path("build/program"), &installed().join("lib"));
    }
}
