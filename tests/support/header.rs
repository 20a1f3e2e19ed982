//! The headers in include/, as cbindgen makes them of the signatures and the documentation in src/abi/.

use crate::tree::top;
use cbindgen::{Builder, Config};

/// The functions of sdnotify.h, and those of sd-journal.h; all others are of sd-daemon.h.
const CHANNEL: &str = "src/abi/channel.rs";
const JOURNAL: &str = "src/abi/journal.rs";

/// Each header's path in include/, and its text.
pub fn generated() -> [(&'static str, String); 4] {
    [
        ("systemd/sd-daemon.h", text(of_the_crate(config("cbindgen.toml")))),
        ("systemd/sd-journal.h", text(of_a_file(JOURNAL, config("cbindgen-sdjournal.toml")))),
        ("sdnotify.h", text(of_a_file(CHANNEL, config("cbindgen-sdnotify.toml")))),
        ("sdnotify.ffi.h", for_ffi()),
    ]
}

/// Both headers' functions in one, without anything that only a C compiler understands.
fn for_ffi() -> String {
    let first = config("cbindgen-ffi.toml");
    let second = Config { header: None, autogen_warning: None, after_includes: None, ..first.clone() };
    let both = text(of_the_crate(first)) + "\n" + text(of_a_file(CHANNEL, second)).trim_start();
    let lines = both.lines().map(|line| match line.split_once(" LIBSDNOTIFY_PRINTF(") {
        Some((prototype, _)) => format!("{prototype};\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

fn config(name: &str) -> Config {
    Config::from_file(top().join(name)).expect("a configuration")
}

fn of_the_crate(config: Config) -> Builder {
    Builder::new().with_config(config).with_crate(top())
}

fn of_a_file(path: &str, config: Config) -> Builder {
    Builder::new().with_config(config).with_src(top().join(path))
}

fn text(builder: Builder) -> String {
    let mut text = Vec::new();
    builder.generate().expect("a header").write(&mut text);
    String::from_utf8(text).expect("UTF-8")
}
