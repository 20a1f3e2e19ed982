/* The part of probe that calls the printf-style functions with any arguments, through libffi.
 *
 *   format FUNCTION PID UNSET FDS N FORMAT [ARG...]
 *   ARG: i:INT  l:LONG  d:DOUBLE  D:LONG DOUBLE  s:TEXT
 *
 * PID, FDS and N are for the functions that have them.
 *
 *   conversion LETTER     gives %LETTER a meaning of the program's own: an int in brackets; and takes it away again
 */

#define _GNU_SOURCE
#include "probe.h"

#include <dlfcn.h>
#include <errno.h>
#include <ffi.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <printf.h>
#endif

enum { MOST = 32 };

union value {
        int i;
        unsigned u;
        long l;
        size_t z;
        double d;
        long double D;
        void *p;
};

struct arguments {
        ffi_type *types[MOST];
        void *pointers[MOST];
        union value values[MOST];
        unsigned n;
};

static union value *add(struct arguments *a, ffi_type *type) {
        a->types[a->n] = type;
        a->pointers[a->n] = &a->values[a->n];
        return &a->values[a->n++];
}

void format_call(void *library, struct words *w) {
        const char *name = next_word(w), *word;
        int with_pid = !strncmp(name, "sd_pid_", 7), with_fds = strstr(name, "_with_fds") != NULL;
        void (*function)(void) = (void (*)(void)) dlsym(library, name);
        struct arguments a = { .n = 0 };
        char *texts[MOST];
        size_t n_texts = 0, n;
        unsigned fixed;
        ffi_cif cif;
        ffi_arg result;

        if (!function) {
                printf("missing\n");
                return;
        }
        word = next_word(w);
        if (with_pid)
                add(&a, &ffi_type_sint)->i = !strcmp(word, "@pid") ? (int) getpid() : atoi(word);
        add(&a, &ffi_type_sint)->i = atoi(next_word(w));
        int *fds = decode_fds(next_word(w));
        size_t n_fds = strtoull(next_word(w), NULL, 0);
        if (with_fds) {
                add(&a, &ffi_type_pointer)->p = fds;
                add(&a, sizeof(size_t) == 8 ? &ffi_type_uint64 : &ffi_type_uint32)->z = n_fds;
        }
        add(&a, &ffi_type_pointer)->p = texts[n_texts++] = decode_text(next_word(w), &n);
        fixed = a.n;
        while (*(word = next_word(w)) && a.n < MOST)
                switch (*word) {
                case 'i': add(&a, &ffi_type_sint)->i = (int) strtoll(word + 2, NULL, 0); break;
                case 'l': add(&a, &ffi_type_slong)->l = (long) strtoull(word + 2, NULL, 0); break;
                case 'd': add(&a, &ffi_type_double)->d = strtod(word + 2, NULL); break;
                case 'D': add(&a, &ffi_type_longdouble)->D = strtold(word + 2, NULL); break;
                default: add(&a, &ffi_type_pointer)->p = texts[n_texts++] = decode_text(word + 2, &n);
                }
        if (ffi_prep_cif_var(&cif, FFI_DEFAULT_ABI, fixed, a.n, &ffi_type_sint, a.types) != FFI_OK)
                printf("failed: libffi\n");
        else {
                /* %m is about the caller's errno. */
                errno = EXDEV;
                ffi_call(&cif, function, &result, a.pointers);
                printf("ret=%d\n", (int) result);
        }
        while (n_texts > 0)
                free(texts[--n_texts]);
}

#ifdef __GLIBC__
static int print_in_brackets(FILE *file, const struct printf_info *info, const void *const *arguments) {
        (void) info;
        return fprintf(file, "<%x>", *(const int *) arguments[0]);
}

static int takes_an_int(const struct printf_info *info, size_t n, int *types, int *sizes) {
        (void) info;
        if (n > 0) {
                types[0] = PA_INT;
                sizes[0] = sizeof(int);
        }
        return 1;
}

void own_conversion(struct words *w) {
        static int own;
        int letter = *next_word(w);

        own = !own;
        if (register_printf_specifier(letter, own ? print_in_brackets : NULL, own ? takes_an_int : NULL) < 0)
                printf("failed\n");
        else
                printf("ok\n");
}
#else
void own_conversion(struct words *w) {
        (void) w;
        printf("missing\n");
}
#endif
