/* How the functions of this directory and those in Rust find each other. */
#ifndef LIBSDNOTIFY_LINKAGE_H
#define LIBSDNOTIFY_LINKAGE_H

/* In the library itself, so that a call needs no table of addresses. */
#define INTERNAL __attribute__((visibility("hidden")))

/* src/variadic.rs: where it has the public names, these are others, and what it gives them is hidden. */
#ifdef TRAMPOLINES
#define EXPORTED(name) libsdnotify_c_##name
#define IN_RUST INTERNAL
#else
#define EXPORTED(name) __attribute__((visibility("default"))) name
#define IN_RUST
#endif

#endif
