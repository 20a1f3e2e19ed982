# What `make install` puts where; part of the top Makefile. PREFIX, DESTDIR and the others may contain any character.

# In a staging directory, or not.
at = $(call quote,$(DESTDIR)$(1))
PRIVATE := libsdnotify
CMAKE = $(LIBDIR)/cmake/libsdnotify
PAGES_3 := $(NAMES) sdnotify.h
# Functions whose names are nobody else's: `man sdn_connect`.
LINKS_3 := $(filter sdn_%,$(call symbols,abi/libsdnotify.map))
FILL_IN = sed -e $(call quote,s|@PREFIX@|$(call replacement,$(PREFIX))|g) \
	-e $(call quote,s|@LIBDIR@|$(call replacement,$(LIBDIR))|g) \
	-e $(call quote,s|@INCLUDEDIR@|$(call replacement,$(INCLUDEDIR))|g) \
	-e 's|@VERSION@|$(VERSION)|g; s|@VERSION_MAJOR@|$(firstword $(subst ., ,$(VERSION)))|g; s|@SOVERSION@|$(SOVERSION)|g' \
	-e 's|@SYSTEMD_VERSION@|$(SYSTEMD_VERSION)|g'
# Fills in the template $(1) and installs it as $(2). What is there goes first: a link would be written through.
install_filled = rm -f $(call at,$(2)) && $(FILL_IN) $(1) > $(call at,$(2)) && chmod 644 $(call at,$(2))

install-libraries: all
	$(INSTALL) -d $(call at,$(LIBDIR)/pkgconfig) $(call at,$(LIBDIR)/$(PRIVATE)/pkgconfig) $(call at,$(CMAKE))
	$(INSTALL) -d $(call at,$(INCLUDEDIR)/libsdnotify/systemd) $(call at,$(MANDIR)/man3) $(call at,$(MANDIR)/man7)
	$(INSTALL) -m 755 $(addprefix $(OUT)/,$(LIBRARIES)) $(call at,$(LIBDIR)/)
	$(foreach name,$(NAMES),ln -sf $(name).so.$(VERSION) $(call at,$(LIBDIR)/$(name).so.$(SOVERSION)) && \
		ln -sf $(name).so.$(SOVERSION) $(call at,$(LIBDIR)/$(name).so) &&) :
	$(INSTALL) -m 644 $(addprefix $(OUT)/,$(NAMES:=.a)) $(call at,$(LIBDIR)/)
	$(INSTALL) -m 755 $(OUT)/libsystemd.so.0 $(call at,$(LIBDIR)/$(PRIVATE)/)
# For programs that are linked with -lsystemd, whatever pkg-config says: a program gets the libraries it calls.
	@$(call install_filled,packaging/libsystemd.so.in,$(LIBDIR)/$(PRIVATE)/libsystemd.so)
	@$(call install_filled,packaging/libsystemd.a.in,$(LIBDIR)/$(PRIVATE)/libsystemd.a)
	@$(foreach name,$(NAMES),$(call install_filled,packaging/$(name).pc.in,$(LIBDIR)/pkgconfig/$(name).pc) &&) :
	@$(call install_filled,packaging/libsystemd.pc.in,$(LIBDIR)/$(PRIVATE)/pkgconfig/libsystemd.pc)
	@$(call install_filled,packaging/cmake/config.cmake.in,$(CMAKE)/libsdnotify-config.cmake)
	@$(call install_filled,packaging/cmake/config-version.cmake.in,$(CMAKE)/libsdnotify-config-version.cmake)
	$(INSTALL) -m 644 $(addprefix include/systemd/,sd-daemon.h sd-id128.h sd-journal.h) $(call at,$(INCLUDEDIR)/libsdnotify/systemd/)
	$(INSTALL) -m 644 include/sdnotify.h include/sdnotify.ffi.h $(call at,$(INCLUDEDIR)/libsdnotify/)
	@$(foreach name,$(NAMES),$(call install_filled,man/$(name).3.in,$(MANDIR)/man3/$(name).3) &&) :
	@$(call install_filled,man/sdnotify.h.3.in,$(MANDIR)/man3/sdnotify.h.3)
	@$(call install_filled,man/libsdnotify.7.in,$(MANDIR)/man7/libsdnotify.7)
	@$(foreach name,$(LINKS_3),ln -sf sdnotify.h.3 $(call at,$(MANDIR)/man3/$(name).3) &&) :

install: install-libraries
	@$(if $(DESTDIR),:,packaging/after-install $(call quote,$(LIBDIR)))

# The libraries are linked without symbol tables already, and cargo strips the command.
install-strip: install

# Removes what install put there, and the directories that it alone uses.
uninstall:
	rm -f $(foreach name,$(NAMES),$(foreach file,$(name).so.$(VERSION) $(name).so.$(SOVERSION) $(name).so $(name).a pkgconfig/$(name).pc,$(call at,$(LIBDIR)/$(file))))
	rm -rf $(call at,$(LIBDIR)/$(PRIVATE)) $(call at,$(CMAKE)) $(call at,$(INCLUDEDIR)/libsdnotify)
	rm -f $(foreach page,$(PAGES_3) $(LINKS_3),$(call at,$(MANDIR)/man3/$(page).3)) $(call at,$(MANDIR)/man7/libsdnotify.7)
