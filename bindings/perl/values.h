/* What Perl passes, as the C functions want it. Every function croaks where a value cannot be what it should be,
   and every text it returns lives as long as the value it came from, or until the statement ends. */
#ifndef SYSTEMD_DAEMON_VALUES_H
#define SYSTEMD_DAEMON_VALUES_H

#define PERL_NO_GET_CONTEXT
#include "EXTERN.h"
#include "perl.h"
#include "XSUB.h"

typedef int sd_fd;
typedef int sd_channel;
typedef int sd_flag;
typedef const char *sd_state;
typedef const char *sd_line;
typedef const char *sd_path;
typedef uint64_t sd_usec;

/* Keeps count arguments, from place ax of the Perl stack on, until the statement ends: code of one (a tie, overloading,
   fileno()) may release another. Every function of the module begins with it. */
void sd_hold(pTHX_ SSize_t ax, SSize_t count);

/* The beginning of a text, for exceptions: in quotes, control characters escaped. */
const char *sd_quoted(pTHX_ SV *value);

/* An integer that fits into an int; what: its name, for the exception. */
int sd_int(pTHX_ SV *value, const char *what);

/* A descriptor: its number, or a file handle (a closed one is -1, which the C functions answer with -EBADF). */
sd_fd sd_fd_of(pTHX_ SV *value);

/* A channel of sdnotify.h: as a descriptor; undef is none. What else is not one, the C functions answer with -EBADF. */
sd_channel sd_channel_of(pTHX_ SV *value);

/* The descriptors of an array: a C array of *count, NULL for undef. */
int *sd_fds_of(pTHX_ SV *value, size_t *count);

/* A text for the service manager, in UTF-8: what is not valid UTF-8 already is taken for characters and encoded.
   what: its name, for the exceptions (a NUL, not Unicode). */
const char *sd_text(pTHX_ SV *value, const char *what, STRLEN *length);

/* A whole message; NULL for undef. */
sd_state sd_state_of(pTHX_ SV *value);

/* A text of any origin for sdn_status(), which makes a line of what it gets: in UTF-8 as far as it can be, a NUL is a
   space; NULL for undef. Never croaks. */
sd_line sd_line_of(pTHX_ SV *value);

/* A file name, in its bytes as Perl's own open() takes it; NULL for undef. */
sd_path sd_path_of(pTHX_ SV *value);

/* Microseconds; undef or negative: indefinitely. */
sd_usec sd_usec_of(pTHX_ SV *value);

/* A number of 64 bits for Perl, also where Perl's integers have 32. */
SV *sd_number(pTHX_ uint64_t number);

/* Removes variables from %ENV and from the environment; the list ends with NULL. */
void sd_forget(pTHX_ const char *const *names);

#endif
