/* SPDX-License-Identifier: MIT */
/* sd-id128.h of libsdnotify: the type and the macros of libsystemd's header of the same name, for MESSAGE_ID=. */
#ifndef LIBSDNOTIFY_SYSTEMD_SD_ID128_H
#define LIBSDNOTIFY_SYSTEMD_SD_ID128_H

#include <inttypes.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A 128-bit ID, for instance of a kind of message. */
union sd_id128 {
        uint8_t bytes[16];
        uint64_t qwords[2];
};
typedef union sd_id128 sd_id128_t;

/* An ID from its 16 bytes, each given as two hexadecimal digits. */
#define SD_ID128_MAKE(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) \
        ((const sd_id128_t) { .bytes = { \
                0x##a, 0x##b, 0x##c, 0x##d, 0x##e, 0x##f, 0x##g, 0x##h, \
                0x##i, 0x##j, 0x##k, 0x##l, 0x##m, 0x##n, 0x##o, 0x##p \
        }})

/* The same as a string of 32 digits, or as a UUID. */
#define SD_ID128_MAKE_STR(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) \
        #a #b #c #d #e #f #g #h #i #j #k #l #m #n #o #p
#define SD_ID128_MAKE_UUID_STR(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) \
        #a #b #c #d "-" #e #f "-" #g #h "-" #i #j "-" #k #l #m #n #o #p

/* For the formats of printf(3). */
#define SD_ID128_FORMAT_STR \
        "%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x"
#define SD_ID128_UUID_FORMAT_STR \
        "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x"
#define SD_ID128_FORMAT_VAL(x) \
        (x).bytes[0], (x).bytes[1], (x).bytes[2], (x).bytes[3], \
        (x).bytes[4], (x).bytes[5], (x).bytes[6], (x).bytes[7], \
        (x).bytes[8], (x).bytes[9], (x).bytes[10], (x).bytes[11], \
        (x).bytes[12], (x).bytes[13], (x).bytes[14], (x).bytes[15]

#ifdef __cplusplus
}
#endif

#endif
