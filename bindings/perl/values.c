#include "values.h"

void sd_hold(pTHX_ SSize_t ax, SSize_t count) {
        for (SSize_t index = 0; index < count; index++)
                sv_2mortal(SvREFCNT_inc_simple_NN(PL_stack_base[ax + index]));
}

const char *sd_quoted(pTHX_ SV *value) {
        STRLEN length;
        const char *text = SvPV_const(value, length);

        return pv_pretty(newSVpvs_flags("", SVs_TEMP), text, length, 60, NULL, NULL,
                         PERL_PV_PRETTY_QUOTE | PERL_PV_PRETTY_ELLIPSES | (SvUTF8(value) ? PERL_PV_ESCAPE_UNI : 0));
}

/* By way of a floating-point number, which no integer wraps around in, and which holds each int exactly. */
static int int_of(pTHX_ SV *value, const char *what) {
        NV number = SvNV_nomg(value);

        if (!(number >= INT_MIN && number <= INT_MAX))
                croak("%s is out of range: %s", what, sd_quoted(aTHX_ value));
        return (int) number;
}

int sd_int(pTHX_ SV *value, const char *what) {
        SvGETMAGIC(value);
        return int_of(aTHX_ value, what);
}

/* The IO slot of a glob, of a reference to one, or of an IO object. */
static IO *handle_of(SV *value) {
        if (SvROK(value))
                value = SvRV(value);
        if (SvTYPE(value) == SVt_PVIO)
                return (IO *) value;
        return isGV_with_GP(value) ? GvIO((GV *) value) : NULL;
}

/* What an object says when asked for its number: undef is -1. */
static int fileno_of(pTHX_ SV *object, const char *method) {
        dSP;
        SV *number;
        int fd = -1;

        ENTER;
        SAVETMPS;
        PUSHMARK(SP);
        XPUSHs(object);
        PUTBACK;
        call_method(method, G_SCALAR);
        SPAGAIN;
        number = POPs;
        PUTBACK;
        if (SvOK(number))
                fd = sd_int(aTHX_ number, "fileno");
        FREETMPS;
        LEAVE;
        return fd;
}

/* The same for a value whose magic has been got. */
static sd_fd fd_of(pTHX_ SV *value) {
        IO *io = handle_of(value);

        if (io != NULL) {
                MAGIC *tied = SvTIED_mg((SV *) io, PERL_MAGIC_tiedscalar);
                if (tied != NULL)
                        return fileno_of(aTHX_ SvTIED_obj((SV *) io, tied), "FILENO");
                return IoIFP(io) != NULL ? PerlIO_fileno(IoIFP(io)) : -1;
        }
        if (sv_isobject(value) && gv_fetchmethod(SvSTASH(SvRV(value)), "fileno") != NULL)
                return fileno_of(aTHX_ value, "fileno");
        if (!looks_like_number(value) && !SvAMAGIC(value))
                croak("not a file descriptor: %s", sd_quoted(aTHX_ value));
        return int_of(aTHX_ value, "fd");
}

sd_fd sd_fd_of(pTHX_ SV *value) {
        SvGETMAGIC(value);
        return fd_of(aTHX_ value);
}

sd_channel sd_channel_of(pTHX_ SV *value) {
        int number;

        SvGETMAGIC(value);
        if (!SvOK(value))
                return -1;
        number = fd_of(aTHX_ value);
        return number == -1 ? -2 : number;
}

int *sd_fds_of(pTHX_ SV *value, size_t *count) {
        AV *array;
        AV *elements;
        int *fds;

        *count = 0;
        SvGETMAGIC(value);
        if (!SvOK(value))
                return NULL;
        if (!SvROK(value) || SvTYPE(SvRV(value)) != SVt_PVAV)
                croak("fds is not a reference to an array");
        /* Elements of our own: a fileno() may change the array, or release it. */
        array = (AV *) sv_2mortal(SvREFCNT_inc_simple_NN(SvRV(value)));
        elements = (AV *) sv_2mortal((SV *) newAV());
        for (SSize_t index = 0; index <= av_top_index(array); index++) {
                SV **element = av_fetch(array, index, 0);
                av_push(elements, element != NULL ? SvREFCNT_inc_NN(*element) : newSV(0));
        }
        *count = av_top_index(elements) + 1;
        /* One more than needed: an empty array is not NULL. */
        fds = (int *) SvPVX(sv_2mortal(newSV((*count + 1) * sizeof(int))));
        for (size_t index = 0; index < *count; index++)
                fds[index] = sd_fd_of(aTHX_ AvARRAY(elements)[index]);
        return fds;
}

const char *sd_text(pTHX_ SV *value, const char *what, STRLEN *length) {
        const char *text = SvPV_nomg_const(value, *length);
        bool valid = is_c9strict_utf8_string((const U8 *) text, *length);

        if (!valid && SvUTF8(value))
                croak("%s contains a character that is not Unicode", what);
        if (!valid) {
                SV *copy = newSVpvn_flags(text, *length, SVs_TEMP);
                sv_utf8_upgrade(copy);
                text = SvPV_const(copy, *length);
        }
        if (memchr(text, '\0', *length) != NULL)
                croak("%s contains a NUL", what);
        return text;
}

sd_state sd_state_of(pTHX_ SV *value) {
        STRLEN length;

        SvGETMAGIC(value);
        return SvOK(value) ? sd_text(aTHX_ value, "state", &length) : NULL;
}

sd_line sd_line_of(pTHX_ SV *value) {
        SV *copy;
        char *text;
        STRLEN length;

        SvGETMAGIC(value);
        if (!SvOK(value))
                return NULL;
        copy = sv_newmortal();
        sv_setsv_nomg(copy, value);
        text = SvPV_force(copy, length);
        if (!SvUTF8(copy) && !is_c9strict_utf8_string((const U8 *) text, length)) {
                sv_utf8_upgrade(copy);
                text = SvPV_force(copy, length);
        }
        for (STRLEN index = 0; index < length; index++)
                if (text[index] == '\0')
                        text[index] = ' ';
        return text;
}

sd_path sd_path_of(pTHX_ SV *value) {
        STRLEN length;
        const char *path;

        SvGETMAGIC(value);
        if (!SvOK(value))
                return NULL;
        path = SvPV_nomg_const(value, length);
        if (strlen(path) != length)
                croak("path contains a NUL");
        return path;
}

sd_usec sd_usec_of(pTHX_ SV *value) {
        NV number;

        SvGETMAGIC(value);
        if (!SvOK(value))
                return UINT64_MAX;
        number = SvNV_nomg(value);
        if (Perl_isnan(number))
                croak("timeout is not a number");
        if (number < 0 || number >= 18446744073709551615.0)
                return UINT64_MAX;
        return SvIOK(value) ? SvUV_nomg(value) : (sd_usec) number;
}

SV *sd_number(pTHX_ uint64_t number) {
        return number <= UV_MAX ? newSVuv((UV) number) : newSVnv((NV) number);
}

void sd_forget(pTHX_ const char *const *names) {
        HV *environment = GvHVn(PL_envgv);

        for (; *names != NULL; names++) {
                (void) hv_delete(environment, *names, strlen(*names), G_DISCARD);
                /* What %ENV does not show: of a thread, or set by C code. */
                unsetenv(*names);
        }
}
