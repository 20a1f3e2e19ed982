/* What the parts of service share. */
#ifndef SERVICE_H
#define SERVICE_H

struct verb {
        const char *name;
        void (*act)(const char *argument);
};

/* service_channel.c; the last one has no name. */
extern const struct verb channel_verbs[];

void expect(int result, int wanted, const char *what);

#endif
