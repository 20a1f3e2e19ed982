/* What the parts of speaker share. */
#ifndef SPEAKER_H
#define SPEAKER_H

#include <stdint.h>

struct verb {
        const char *name;
        void (*act)(const char *argument);
};

/* Of each part; the last one has no name. */
extern const struct verb channel_verbs[], fds_verbs[], process_verbs[];

/* Ends the program unless the result is the one wanted. */
void expect(long result, long wanted, const char *what);

void say(const char *text);
void wait_for_manager(void);

/* Milliseconds. */
void pause_for(uint64_t ms);

#endif
