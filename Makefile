# make            the libraries and .pc files, in target/c/, and the command; COMMAND=no: without it
# make install    DESTDIR= PREFIX= LIBDIR= INCLUDEDIR= BINDIR= DATADIR= MANDIR=
# make check      all tests      make check STAGES="10-style 20-library": some of them
# make fuzz       a million random calls on ours and on libsystemd    make fuzz FUZZ_CASES=... FUZZ_SEED=...
# make compat     COMPAT.md from what the tests found
# make demo       a service and an unmodified redis-server tell their story
# make bench      measurements beside libsystemd, written to BENCH.md; about two minutes
# make header     include/systemd/sd-daemon.h and include/sdnotify.h from the Rust source (needs cbindgen)
# make dist       a release in target/dist/: the source, its crates, their licences, recipes for RPM, Alpine and Arch
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

.PHONY: all bench check compat demo fuzz header install clean FORCE
all: $(OUTPUTS)
include cli/command.mk

# --- the Rust part -----------------------------------------------------------

RUST_LIBRARY := target/$(if $(CARGO_TARGET),$(CARGO_TARGET)/)release/libsdnotify.a

# Cargo links once, too, by the linker of its target.
ifneq ($(CARGO_TARGET),)
export CARGO_TARGET_$(shell echo $(CARGO_TARGET) | tr a-z- A-Z_)_LINKER ?= $(CC)
endif

# Cargo knows best whether there is something to do.
$(RUST_LIBRARY): FORCE
	$(CARGO) build --release $(CARGO_FLAGS) $(if $(CARGO_TARGET),--target $(CARGO_TARGET))
FORCE:

# --- the final links ---------------------------------------------------------
# rustc cannot give symbols version nodes, so the shared libraries are linked here from its static one: only what the
# exported functions need, nothing undefined (which is also the proof that no panic can be reached, see src/lib.rs),
# and nothing writable after start-up. --whole-archive would drag in the unwinder; naming the functions does not.

SYSTEMD_MAP := abi/libsystemd.map
SDNOTIFY_MAPS := $(SYSTEMD_MAP) abi/libsdnotify.map
symbols = $(shell sed -n 's/^ *\(sdn\{0,1\}_[a-z0-9_]*\);/\1/p' $(1))
wanted = $(addprefix -Wl$(comma)-u$(comma),$(call symbols,$(1)))
comma := ,
# $(1): the soname; $(2): the maps, which name the functions.
LINK = $(CC) $(LDFLAGS) -shared -nostartfiles -Wl,-soname,$(1) $(addprefix -Wl$(comma)--version-script=,$(2)) \
	-Wl,--no-undefined-version -Wl,-T,abi/layout.ld -Wl,--gc-sections -Wl,-z,defs,-z,relro,-z,now,-z,noexecstack \
	-Wl,--as-needed -Wl,--hash-style=gnu -Wl,--build-id=sha1 -Wl,--no-eh-frame-hdr $(call wanted,$(2)) \
	-o $@ $(RUST_LIBRARY)

$(OUT):
	mkdir -p $@

$(OUT)/$(LIBRARY): $(RUST_LIBRARY) $(SDNOTIFY_MAPS) abi/layout.ld Makefile | $(OUT)
	$(call LINK,libsdnotify.so.$(SOVERSION),$(SDNOTIFY_MAPS))
	ln -sf $(LIBRARY) $(OUT)/libsdnotify.so.$(SOVERSION)
	ln -sf libsdnotify.so.$(SOVERSION) $(OUT)/libsdnotify.so

$(OUT)/libsystemd.so.0: $(RUST_LIBRARY) $(SYSTEMD_MAP) abi/layout.ld Makefile | $(OUT)
	$(call LINK,libsystemd.so.0,$(SYSTEMD_MAP))

# One object with only the public names global: small, and two Rust libraries can be linked into one program.
$(OUT)/libsdnotify.a: $(RUST_LIBRARY) $(SDNOTIFY_MAPS) Makefile | $(OUT)
	$(CC) -r -nostdlib -Wl,--gc-sections $(call wanted,$(SDNOTIFY_MAPS)) -o $(OUT)/sdnotify.o $(RUST_LIBRARY)
	$(OBJCOPY) $(addprefix --keep-global-symbol=,$(call symbols,$(SDNOTIFY_MAPS))) $(OUT)/sdnotify.o
	rm -f $@
	$(AR) rcsD $@ $(OUT)/sdnotify.o

FILL_IN = sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	-e 's|@VERSION@|$(VERSION)|; s|@SYSTEMD_VERSION@|$(SYSTEMD_VERSION)|' $< > $@
$(OUT)/%.pc: packaging/%.pc.in Cargo.toml Makefile FORCE | $(OUT)
	$(FILL_IN)

# --- installation ------------------------------------------------------------

install: all
	$(INSTALL) -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(LIBDIR)/libsdnotify/pkgconfig
	$(INSTALL) -d $(DESTDIR)$(INCLUDEDIR)/libsdnotify/systemd
	$(INSTALL) -m 755 $(OUT)/$(LIBRARY) $(DESTDIR)$(LIBDIR)/
	ln -sf $(LIBRARY) $(DESTDIR)$(LIBDIR)/libsdnotify.so.$(SOVERSION)
	ln -sf libsdnotify.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libsdnotify.so
	$(INSTALL) -m 644 $(OUT)/libsdnotify.a $(DESTDIR)$(LIBDIR)/
	$(INSTALL) -m 755 $(OUT)/libsystemd.so.0 $(DESTDIR)$(LIBDIR)/libsdnotify/
# For programs that are linked with -lsystemd, whatever pkg-config says.
	ln -sf ../libsdnotify.so $(DESTDIR)$(LIBDIR)/libsdnotify/libsystemd.so
	$(INSTALL) -m 644 $(OUT)/libsdnotify.pc $(DESTDIR)$(LIBDIR)/pkgconfig/
	$(INSTALL) -m 644 $(OUT)/libsystemd.pc $(DESTDIR)$(LIBDIR)/libsdnotify/pkgconfig/
	$(INSTALL) -m 644 include/systemd/sd-daemon.h $(DESTDIR)$(INCLUDEDIR)/libsdnotify/systemd/
	$(INSTALL) -m 644 include/sdnotify.h $(DESTDIR)$(INCLUDEDIR)/libsdnotify/

# --- the manual --------------------------------------------------------------

MANUAL := $(addprefix $(OUT)/,libsdnotify.3 sdnotify.h.3)
all: $(MANUAL)
$(OUT)/%.3: man/%.3.in Cargo.toml Makefile FORCE | $(OUT)
	$(FILL_IN)

.PHONY: install-manual
install: install-manual
install-manual: $(MANUAL)
	$(INSTALL) -d $(DESTDIR)$(MANDIR)/man3
	$(INSTALL) -m 644 $(MANUAL) $(DESTDIR)$(MANDIR)/man3/

# --- releases ----------------------------------------------------------------

.PHONY: dist check-packages
dist:
	packaging/dist target/dist

# The tests of packages that take long, too, and other machines.
check-packages:
	tests/stages/75-packages --include-ignored
	tests/machines

# --- the rest ----------------------------------------------------------------

header:
	cbindgen --config cbindgen.toml --output include/systemd/sd-daemon.h
	cbindgen --config cbindgen-sdnotify.toml --output include/sdnotify.h src/abi/channel.rs

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

bench:
	tests/stages/10-build > /dev/null
	bench/run

clean:
	rm -rf target
