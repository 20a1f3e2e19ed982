# `make help` lists the targets; INSTALL.md lists the variables.

# Called from another directory, make builds there: make -f ../libsdnotify/Makefile
TOP := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
ifneq ($(TOP),.)
ifeq ($(wildcard $(TOP)/Cargo.toml),)
$(error make -f does not work with a space in the path: use make -C '<checkout>' BUILDDIR='$(CURDIR)')
endif
.PHONY: all
all $(filter-out all,$(MAKECMDGOALS)):
	+@$(MAKE) --no-print-directory -C $(TOP) BUILDDIR=$(CURDIR)/target $@
else

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
COMMAND ?= yes
CARGO ?= cargo
CARGO_FLAGS ?= --locked
CARGO_TARGET ?= $(CARGO_BUILD_TARGET)
BUILDDIR ?= target
AR ?= ar
OBJCOPY ?= objcopy
INSTALL ?= install
# Takes the symbol tables out at the link; STRIP_FLAG= leaves them in, for packages with debug symbols of their own.
STRIP_FLAG ?= -Wl,-s

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
MSRV := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
SOVERSION := 0
# The release whose sd-daemon.h ours mirrors: what pkg-config tells an unpatched ./configure.
SYSTEMD_VERSION := 262

ifneq ($(words $(BUILDDIR)),1)
$(error BUILDDIR='$(BUILDDIR)': a path without spaces is needed)
endif
# One directory for each architecture, so that one is never installed for another.
OUT := $(BUILDDIR)/c$(addprefix -,$(CARGO_TARGET))
# Each is a library of its own, with a version and an archive.
NAMES := libsdnotify libsdjournal
LIBRARIES := $(NAMES:=.so.$(VERSION))

.PHONY: all install install-strip install-libraries uninstall bench check check-all check-stages compat demo dist fuzz header help \
	release-check test clean distclean
all: $(addprefix $(OUT)/,$(LIBRARIES) libsystemd.so.0 $(NAMES:=.a))

# A word for the shell, and the replacement in a sed command s|...|...|, with any characters in them.
quote = '$(subst ','\'',$(1))'
replacement = $(subst |,\|,$(subst &,\&,$(subst \,\\,$(1))))
comma := ,
# Long commands are shown by their result; make V=1 shows them whole.
SHOW = $(if $(V),,@printf '  %-8s%s\n' $(1) $@;)

# --- the Rust part -----------------------------------------------------------
# Cargo has its own settings for where its files go (CARGO_TARGET_DIR, build.target-dir, build.target), so it is asked
# where they are. It is only called when a source is newer, so that root can install without it.

CARGO_BUILD = packaging/need-rust $(MSRV) $(CARGO) && env $(CARGO_ENVIRONMENT) \
	$(CARGO) build $(CARGO_FLAGS) --message-format=json-render-diagnostics \
	$(if $(filter-out target,$(BUILDDIR)),--target-dir $(BUILDDIR)/cargo)
FOR_TARGET = $(if $(CARGO_TARGET),--target $(CARGO_TARGET))
# Copies the file of cargo's answer whose path ends with $(1).
TAKE = sed -n 's|.*"\([^"]*/$(1)\)".*|\1|p' $@.json | tail -n 1 | { IFS= read -r file && cp "$$file" $@; } && rm $@.json

ifneq ($(CARGO_TARGET),)
# Cargo links once, too, and takes the name of one program for its linker, where CC may have options.
LINKER_VARIABLE := CARGO_TARGET_$(shell echo $(CARGO_TARGET) | tr a-z- A-Z_)_LINKER
ifeq ($($(LINKER_VARIABLE)),)
FOR_TARGET_ENVIRONMENT = $(LINKER_VARIABLE)=$(call quote,$(abspath $(OUT))/linker)
LINKER := $(OUT)/linker
endif
$(OUT)/linker: | $(OUT)
	@printf '#!/bin/sh\nexec %s "$$@"\n' $(call quote,$(CC)) > $@
	@chmod +x $@
endif

RUST_SOURCES := $(shell find src $(wildcard engine cli) -name '*.rs' -o -name '*.[ch]' -o -name Cargo.toml) \
	$(wildcard Cargo.toml Cargo.lock build.rs)
LIBRARY_SOURCES := $(filter-out cli/%,$(RUST_SOURCES)) abi/layout.ld
RUST_ARCHIVE := $(OUT)/rust.a

$(RUST_ARCHIVE): CARGO_ENVIRONMENT = $(FOR_TARGET_ENVIRONMENT)
$(RUST_ARCHIVE): $(LIBRARY_SOURCES) | $(OUT) $(LINKER)
	$(call SHOW,CARGO)$(CARGO_BUILD) --release --package libsdnotify $(FOR_TARGET) > $@.json
	@$(call TAKE,libsdnotify\.a)

$(OUT):
	@mkdir -p $@

# --- the final links ---------------------------------------------------------
# rustc cannot give symbols version nodes, so the shared libraries are linked here from its static one: only what the
# exported functions need, nothing undefined (which is also the proof that no panic can be reached, see src/lib.rs),
# and nothing writable after start-up. --whole-archive would drag in the unwinder; naming the functions does not.

symbols = $(shell sed -n 's/^ *\(sdn\{0,1\}_[a-z0-9_]*\);/\1/p' $(1))
wanted = $(addprefix -Wl$(comma)-u$(comma),$(call symbols,$(1)))
# The socket to the journal: its number is all that is ever remembered, so that these are never unloaded.
STATEFUL = -Wl,--defsym=libsdnotify_state=8 -Wl,-z,nodelete
$(OUT)/libsdjournal.so.$(VERSION) $(OUT)/libsystemd.so.0: STATE = $(STATEFUL)
# $(1): the soname; $(2): the map, which names the functions.
LINK = $(call SHOW,LINK)$(CC) $(LDFLAGS) $(STRIP_FLAG) -shared -nostartfiles -Wl,-soname,$(1) \
	-Wl,--version-script=$(2) $(STATE) \
	-Wl,--no-undefined-version -Wl,-T,abi/layout.ld -Wl,--gc-sections -Wl,-z,defs,-z,relro,-z,now,-z,noexecstack \
	-Wl,--as-needed -Wl,-Bsymbolic-functions -Wl,--hash-style=gnu -Wl,--build-id=sha1 -Wl,--no-eh-frame-hdr \
	$(call wanted,$(2)) -o $@ $(RUST_ARCHIVE)

$(OUT)/%.so.$(VERSION): $(RUST_ARCHIVE) abi/%.map abi/layout.ld Makefile
	$(call LINK,$*.so.$(SOVERSION),abi/$*.map)
	@ln -sf $*.so.$(VERSION) $(OUT)/$*.so.$(SOVERSION)
	@ln -sf $*.so.$(SOVERSION) $(OUT)/$*.so

$(OUT)/libsystemd.so.0: $(RUST_ARCHIVE) abi/libsystemd.map abi/layout.ld Makefile
	$(call LINK,libsystemd.so.0,abi/libsystemd.map)

# One object with only the public names global: small, and two Rust libraries can be linked into one program.
# Sections that the compiler keeps once for a whole program (i386's PC thunks) are ordinary ones from here on.
$(OUT)/%.a: $(RUST_ARCHIVE) abi/%.map Makefile
	$(call SHOW,ARCHIVE)$(CC) -r -nostdlib -Wl,--gc-sections -Wl,--force-group-allocation $(call wanted,abi/$*.map) \
		-o $(OUT)/$*.o $(RUST_ARCHIVE)
	@$(OBJCOPY) $(addprefix --keep-global-symbol=,$(call symbols,abi/$*.map)) $(OUT)/$*.o
	@rm -f $@
	@$(AR) rcsD $@ $(OUT)/$*.o

# The packaged crate of the library has no command.
include $(wildcard cli/command.mk)
include packaging/install.mk

# --- releases and tests ------------------------------------------------------

dist:
	packaging/dist $(BUILDDIR)/dist

release-check:
	packaging/release-check $(BUILDDIR)/release-check

check test:
	tests/check $(STAGES)

# What takes long as well: packages built in full, other architectures.
check-all:
	tests/check $(notdir $(sort $(wildcard tests/stages/[0-9]*)))

# Each stage alone, in a fresh system of its own: half an hour.
check-stages:
	tests/support/each-stage $(STAGES)

FUZZ_CASES ?= 1000000
fuzz:
	FUZZ_CASES=$(FUZZ_CASES) cargo test --locked --manifest-path tests/Cargo.toml --target-dir target/tests --test fuzz

# Fails when a case does, or the documents were not up to date; they are then.
compat:
	for table in compliance journal; do \
		tests/run $$table; \
		cp target/compat/COMPAT.md COMPAT.md; \
	done
	cp target/compat/docs/compatibility.md target/compat/docs/compatibility-journal.md docs/

# The answers of each libsystemd that can be run here. A newer release becomes the reference.
record:
	SDNOTIFY_RECORD=yes tests/run compliance
	SDNOTIFY_RECORD=yes tests/run journal

demo:
	tests/demo

bench:
	tests/stages/10-build > /dev/null
	bench/run

header:
	cargo run --quiet --locked --manifest-path tests/Cargo.toml --target-dir target/tests --bin header

clean:
	rm -rf $(BUILDDIR)/c $(BUILDDIR)/c-*
	! command -v $(CARGO) > /dev/null || $(CARGO) clean --quiet $(if $(filter-out target,$(BUILDDIR)),--target-dir $(BUILDDIR)/cargo)

distclean: clean
	rm -rf $(BUILDDIR)

help:
	@cat packaging/make-help.txt

endif
