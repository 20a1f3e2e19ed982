# make            the libraries and .pc files, in target/c/
# make install    DESTDIR= PREFIX= LIBDIR= INCLUDEDIR=
# make check      all tests      make check STAGES="10-style 20-library": some of them
# make fuzz       a million random calls on ours and on libsystemd    make fuzz FUZZ_CASES=... FUZZ_SEED=...
# make compat     COMPAT.md from what the tests found
# make demo       a service and an unmodified redis-server tell their story
# make header     include/systemd/sd-daemon.h from the Rust source (needs cbindgen)
#
# Cross builds: CARGO_TARGET=aarch64-unknown-linux-gnu CC=aarch64-linux-gnu-gcc OBJCOPY=... AR=...

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
CARGO ?= cargo
CARGO_FLAGS ?= --locked
CARGO_TARGET ?=
AR ?= ar
OBJCOPY ?= objcopy
INSTALL ?= install

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
SOVERSION := 0
# The release whose sd-daemon.h ours mirrors: what pkg-config tells an unpatched ./configure.
SYSTEMD_VERSION := 262

OUT := target/c
LIBRARY := libsdnotify.so.$(VERSION)
OUTPUTS := $(addprefix $(OUT)/,$(LIBRARY) libsystemd.so.0 libsdnotify.a libsdnotify.pc libsystemd.pc)

.PHONY: all check compat demo fuzz header install clean FORCE
all: $(OUTPUTS)

# --- the Rust part -----------------------------------------------------------

RUST_LIBRARY := target/$(if $(CARGO_TARGET),$(CARGO_TARGET)/)release/libsdnotify.a

# Cargo knows best whether there is something to do.
$(RUST_LIBRARY): FORCE
	$(CARGO) build --release $(CARGO_FLAGS) $(if $(CARGO_TARGET),--target $(CARGO_TARGET))
FORCE:

# --- the final links ---------------------------------------------------------
# rustc cannot give symbols version nodes, so the shared libraries are linked here from its static one: only what the
# exported functions need, nothing undefined (which is also the proof that no panic can be reached, see src/lib.rs),
# and nothing writable after start-up. --whole-archive would drag in the unwinder; naming the functions does not.

SYMBOLS := $(shell sed -n 's/^ *\(sdn\{0,1\}_[a-z0-9_]*\);/\1/p' abi/*.map)
WANTED = $(foreach s,$(SYMBOLS),-Wl,-u,$(s))
LINK = $(CC) $(LDFLAGS) -shared -nostartfiles -Wl,-soname,$(1) -Wl,--version-script=$(2) -Wl,--no-undefined-version \
	-Wl,-T,abi/layout.ld -Wl,--gc-sections -Wl,-z,defs,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed \
	-Wl,--hash-style=gnu -Wl,--build-id=sha1 -Wl,--no-eh-frame-hdr $(WANTED) -o $@ $(RUST_LIBRARY)

$(OUT):
	mkdir -p $@

$(OUT)/$(LIBRARY): $(RUST_LIBRARY) abi/libsystemd.map abi/layout.ld Makefile | $(OUT)
	$(call LINK,libsdnotify.so.$(SOVERSION),abi/libsystemd.map)
	ln -sf $(LIBRARY) $(OUT)/libsdnotify.so.$(SOVERSION)
	ln -sf libsdnotify.so.$(SOVERSION) $(OUT)/libsdnotify.so

$(OUT)/libsystemd.so.0: $(RUST_LIBRARY) abi/libsystemd.map abi/layout.ld Makefile | $(OUT)
	$(call LINK,libsystemd.so.0,abi/libsystemd.map)

# One object with only the public names global: small, and two Rust libraries can be linked into one program.
$(OUT)/libsdnotify.a: $(RUST_LIBRARY) abi/libsystemd.map Makefile | $(OUT)
	$(CC) -r -nostdlib -Wl,--gc-sections $(WANTED) -o $(OUT)/sdnotify.o $(RUST_LIBRARY)
	$(OBJCOPY) $(addprefix --keep-global-symbol=,$(SYMBOLS)) $(OUT)/sdnotify.o
	rm -f $@
	$(AR) rcsD $@ $(OUT)/sdnotify.o

$(OUT)/%.pc: packaging/%.pc.in Cargo.toml Makefile FORCE | $(OUT)
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	    -e 's|@VERSION@|$(VERSION)|; s|@SYSTEMD_VERSION@|$(SYSTEMD_VERSION)|' $< > $@

# --- installation ------------------------------------------------------------

install: all
	$(INSTALL) -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(LIBDIR)/libsdnotify/pkgconfig
	$(INSTALL) -d $(DESTDIR)$(INCLUDEDIR)/libsdnotify/systemd
	$(INSTALL) -m 755 $(OUT)/$(LIBRARY) $(DESTDIR)$(LIBDIR)/
	ln -sf $(LIBRARY) $(DESTDIR)$(LIBDIR)/libsdnotify.so.$(SOVERSION)
	ln -sf libsdnotify.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libsdnotify.so
	$(INSTALL) -m 644 $(OUT)/libsdnotify.a $(DESTDIR)$(LIBDIR)/
	$(INSTALL) -m 755 $(OUT)/libsystemd.so.0 $(DESTDIR)$(LIBDIR)/libsdnotify/
	$(INSTALL) -m 644 $(OUT)/libsdnotify.pc $(DESTDIR)$(LIBDIR)/pkgconfig/
	$(INSTALL) -m 644 $(OUT)/libsystemd.pc $(DESTDIR)$(LIBDIR)/libsdnotify/pkgconfig/
	$(INSTALL) -m 644 include/systemd/sd-daemon.h $(DESTDIR)$(INCLUDEDIR)/libsdnotify/systemd/

# --- the rest ----------------------------------------------------------------

header:
	cbindgen --config cbindgen.toml --output include/systemd/sd-daemon.h

check:
	tests/check $(STAGES)

FUZZ_CASES ?= 1000000
fuzz:
	FUZZ_CASES=$(FUZZ_CASES) cargo test --locked --manifest-path tests/Cargo.toml --target-dir target/tests --test fuzz

# Fails when a case does, or COMPAT.md was not up to date; it is then.
compat:
	-tests/stages/35-compliance
	cp target/COMPAT.md COMPAT.md

demo:
	examples/demo

clean:
	rm -rf target
