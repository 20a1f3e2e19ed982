/* SPDX-License-Identifier: MIT */

/* Generated from src/abi/ by `make header`; do not edit. For FFI without a C preprocessor. */


struct sockaddr;

int sd_notify(int unset_environment, const char *state);

int sd_pid_notify(int pid, int unset_environment, const char *state);

int sd_pid_notify_with_fds(int pid, int unset_environment, const char *state, const int *fds, unsigned int n_fds);

int sd_notify_barrier(int unset_environment, uint64_t timeout);

int sd_pid_notify_barrier(int pid, int unset_environment, uint64_t timeout);

int sd_notifyf(int unset_environment, const char *format, ...);

int sd_pid_notifyf(int pid, int unset_environment, const char *format, ...);

int sd_pid_notifyf_with_fds(int pid, int unset_environment, const int *fds, size_t n_fds, const char *format, ...);

int sd_watchdog_enabled(int unset_environment, uint64_t *usec);

int sd_listen_fds(int unset_environment);

int sd_listen_fds_with_names(int unset_environment, char ***names);

int sd_is_fifo(int fd, const char *path);

int sd_is_special(int fd, const char *path);

int sd_is_socket(int fd, int family, int type, int listening);

int sd_is_socket_inet(int fd, int family, int type, int listening, uint16_t port);

int sd_is_socket_sockaddr(int fd, int type, const struct sockaddr *addr, unsigned int addr_len, int listening);

int sd_is_socket_unix(int fd, int type, int listening, const char *path, size_t length);

int sd_is_mq(int fd, const char *path);

int sd_booted(void);

int sd_pidfd_get_inode_id(int pidfd, uint64_t *ret);

int sdn_connect(int unset_environment, int *channel);

int sdn_send(int channel, const char *state);

int sdn_sendf(int channel, const char *format, ...);

int sdn_send_with_fds(int channel, const char *state, const int *fds, size_t n_fds);

int sdn_status(int channel, const char *line);

int sdn_statusf(int channel, const char *format, ...);

int sdn_reloading(int channel);

int sdn_barrier(int channel, uint64_t timeout);

int sdn_heartbeat_interval(int unset_environment, uint64_t *usec);
