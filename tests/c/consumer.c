/* What a C program sees: the header by its usual name, every function and constant in it, by the linker. */

#include <systemd/sd-daemon.h>

#include <stdio.h>
#include <stdlib.h>

int main(void) {
        uint64_t usec = 7;
        char **names = NULL;
        int n = 0;

        n += sd_notify(0, "READY=1");
        n += sd_notifyf(0, "STATUS=%s %d", "number", 42);
        n += sd_pid_notify(0, 0, "STATUS=two");
        n += sd_pid_notifyf(0, 0, "STATUS=%c", '3');
        n += sd_pid_notify_with_fds(0, 0, "FDSTORE=1", (const int[]) { 0 }, 1);
        n += sd_pid_notifyf_with_fds(0, 0, (const int[]) { 0 }, 1, "FDSTORE=%d", 1);
        n += sd_notify_barrier(0, 0) == 0 || 1;
        n += sd_pid_notify_barrier(0, 0, 0) == 0 || 1;
        printf("%d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %s\n", n, sd_watchdog_enabled(0, &usec), (int) usec,
               sd_listen_fds(0), sd_listen_fds_with_names(0, &names), sd_is_fifo(-1, NULL), sd_is_special(-1, NULL),
               sd_is_socket(-1, 0, 0, 0), sd_is_socket_inet(-1, 0, 0, 0, 0), sd_is_socket_sockaddr(-1, 0, NULL, 0, 0),
               sd_is_socket_unix(-1, 0, 0, NULL, 0), sd_is_mq(-1, NULL), sd_pidfd_get_inode_id(-1, &usec),
               SD_LISTEN_FDS_START, sd_booted() >= 0,
               SD_EMERG SD_ALERT SD_CRIT SD_ERR SD_WARNING SD_NOTICE SD_INFO SD_DEBUG);
        return 0;
}
