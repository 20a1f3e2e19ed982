/* What a process can do to itself that leaves it without the service manager's socket in reach. */
#ifndef CONFINE_H
#define CONFINE_H

/* Each returns 0 or a negative errno.
 *   chroot DIR     its own root directory
 *   user UID       another user and group, for good
 *   environment -  no environment
 *   descriptors -  as many open descriptors as it may have
 *   seccomp -      killed for any system call but read, write, sendto, sendmsg, what malloc() needs, and to end
 */
int confine(const char *how, const char *argument);

#endif
