//! Links the library's own archive: `sdnotify send` is libsdnotify, in the one file of the command.

fn main() {
    println!("cargo::rerun-if-env-changed=LIBSDNOTIFY_DIR");
    let made = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/c");
    let directory = std::env::var("LIBSDNOTIFY_DIR").unwrap_or_else(|_| made.to_owned());
    println!("cargo::rerun-if-changed={directory}/libsdnotify.a");
    println!("cargo::rustc-link-arg-bins={directory}/libsdnotify.a");
}
