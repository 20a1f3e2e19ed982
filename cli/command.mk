# The command `sdnotify`, its manual page and its completions; part of the top Makefile. COMMAND=no leaves it out.

COMMAND ?= yes
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man

SDNOTIFY := target/$(if $(CARGO_TARGET),$(CARGO_TARGET)/)command/sdnotify
PAGES := $(OUT)/pages

.PHONY: command install-command
command: $(SDNOTIFY) $(PAGES)/sdnotify.1
ifneq ($(COMMAND),no)
all: command
install: install-command
endif

# It contains the library's static archive.
$(SDNOTIFY): $(OUT)/libsdnotify.a FORCE
	LIBSDNOTIFY_DIR=$(abspath $(OUT)) $(CARGO) build --profile command $(CARGO_FLAGS) --package sdnotify-cli \
		$(if $(CARGO_TARGET),--target $(CARGO_TARGET))

# Made on this machine, whatever machine the command is for. Nothing of the library is called, but linked.
$(PAGES)/sdnotify.1: cli/pages.rs cli/src/args.rs cli/Cargo.toml $(OUT)/libsdnotify.a
	LIBSDNOTIFY_DIR=$(abspath $(OUT)) $(CARGO) run --profile command --quiet $(CARGO_FLAGS) --package sdnotify-cli \
		--example sdnotify-pages -- $(PAGES)

install-command: command
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(DATADIR)/bash-completion/completions \
		$(DESTDIR)$(DATADIR)/zsh/site-functions $(DESTDIR)$(DATADIR)/fish/vendor_completions.d
	$(INSTALL) -m 755 $(SDNOTIFY) $(DESTDIR)$(BINDIR)/
	$(INSTALL) -m 644 $(PAGES)/sdnotify.1 $(DESTDIR)$(MANDIR)/man1/
	$(INSTALL) -m 644 $(PAGES)/sdnotify.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/sdnotify
	$(INSTALL) -m 644 $(PAGES)/_sdnotify $(DESTDIR)$(DATADIR)/zsh/site-functions/
	$(INSTALL) -m 644 $(PAGES)/sdnotify.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/
