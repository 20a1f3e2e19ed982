# The command `sdnotify`, its manual page and its completions; part of the top Makefile. COMMAND=no leaves it out.

BASH_COMPLETIONS = $(DATADIR)/bash-completion/completions
ZSH_COMPLETIONS = $(DATADIR)/zsh/site-functions
FISH_COMPLETIONS = $(DATADIR)/fish/vendor_completions.d

SDNOTIFY := $(OUT)/sdnotify
PAGES := $(OUT)/pages
COMMAND_SOURCES := $(filter-out src/%,$(RUST_SOURCES))

.PHONY: command install-command uninstall-command
command: $(SDNOTIFY) $(PAGES)/sdnotify.1
ifneq ($(COMMAND),no)
all: command
install: install-command
endif

$(SDNOTIFY): CARGO_ENVIRONMENT = $(FOR_TARGET_ENVIRONMENT)
$(SDNOTIFY): $(COMMAND_SOURCES) | $(OUT) $(LINKER)
	$(call SHOW,CARGO)$(CARGO_BUILD) --profile command --package sdnotify-cli --bin sdnotify $(FOR_TARGET) > $@.json
	@$(call TAKE,sdnotify)

# Made by a program that runs here, whatever architecture the command is for.
$(OUT)/sdnotify-pages: CARGO_ENVIRONMENT = -u CARGO_BUILD_TARGET
$(OUT)/sdnotify-pages: $(COMMAND_SOURCES) cli/pages.rs cli/sdnotify.1.in | $(OUT)
	$(call SHOW,CARGO)$(CARGO_BUILD) --profile command --package sdnotify-cli --example sdnotify-pages > $@.json
	@$(call TAKE,sdnotify-pages)
$(PAGES)/sdnotify.1: $(OUT)/sdnotify-pages
	@$< $(PAGES)

install-command: command
	$(INSTALL) -d $(call at,$(BINDIR)) $(call at,$(MANDIR)/man1) $(call at,$(BASH_COMPLETIONS)) \
		$(call at,$(ZSH_COMPLETIONS)) $(call at,$(FISH_COMPLETIONS))
	$(INSTALL) -m 755 $(SDNOTIFY) $(call at,$(BINDIR)/)
	$(INSTALL) -m 644 $(PAGES)/sdnotify.1 $(call at,$(MANDIR)/man1/)
	$(INSTALL) -m 644 $(PAGES)/sdnotify.bash $(call at,$(BASH_COMPLETIONS)/sdnotify)
	$(INSTALL) -m 644 $(PAGES)/_sdnotify $(call at,$(ZSH_COMPLETIONS)/)
	$(INSTALL) -m 644 $(PAGES)/sdnotify.fish $(call at,$(FISH_COMPLETIONS)/)

uninstall: uninstall-command
uninstall-command:
	rm -f $(call at,$(BINDIR)/sdnotify) $(call at,$(MANDIR)/man1/sdnotify.1) \
		$(call at,$(BASH_COMPLETIONS)/sdnotify) $(call at,$(ZSH_COMPLETIONS)/_sdnotify) $(call at,$(FISH_COMPLETIONS)/sdnotify.fish)
