/* The two C functions of sd-journal.h that Systemd::Journal is made of. */
#define PERL_NO_GET_CONTEXT
#include "EXTERN.h"
#include "perl.h"
#include "XSUB.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

MODULE = Systemd::Journal       PACKAGE = Systemd::Journal

PROTOTYPES: DISABLE

# Fields as strings of bytes, which Journal.pm made.
IV
_sendv(AV *fields)
    PREINIT:
        int count;
        struct iovec *vector;
    CODE:
        count = (int) (av_top_index(fields) + 1);
        vector = (struct iovec *) SvPVX(sv_2mortal(newSV((count + 1) * sizeof *vector)));
        for (int index = 0; index < count; index++) {
                SV **field = av_fetch(fields, index, 0);
                STRLEN length = 0;

                vector[index].iov_base = field != NULL ? SvPVbyte(*field, length) : NULL;
                vector[index].iov_len = length;
        }
        /* A signal ended the call, and nothing was written: its handler runs, and may die. */
        while ((RETVAL = (sd_journal_sendv)(vector, count)) == -EINTR)
                PERL_ASYNC_CHECK();
    OUTPUT:
        RETVAL

IV
_stream_fd(const char *identifier, IV priority, bool level_prefix, SV *name_space)
    CODE:
        do {
                RETVAL = sd_journal_stream_fd_with_namespace(SvOK(name_space) ? SvPV_nolen(name_space) : NULL, identifier,
                                                             (int) priority, level_prefix);
                if (RETVAL == -EINTR)
                        PERL_ASYNC_CHECK();
        } while (RETVAL == -EINTR);
    OUTPUT:
        RETVAL
