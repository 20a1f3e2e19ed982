//! The functions that our `libsystemd.so.0` exports, with their version nodes in libsystemd. `abi/libsystemd.map`, with
//! which the library is linked, has the same list; a test compares them.
#![forbid(unsafe_code)]

/// A version node and its functions.
pub type Node = (&'static str, &'static [&'static str]);

/// The functions of `sd-daemon.h`.
pub const SD_DAEMON: &[Node] = &[
    (
        "LIBSYSTEMD_209",
        &[
            "sd_booted",
            "sd_is_fifo",
            "sd_is_mq",
            "sd_is_socket",
            "sd_is_socket_inet",
            "sd_is_socket_unix",
            "sd_is_special",
            "sd_listen_fds",
            "sd_notify",
            "sd_notifyf",
            "sd_watchdog_enabled",
        ],
    ),
    ("LIBSYSTEMD_214", &["sd_pid_notify", "sd_pid_notifyf"]),
    ("LIBSYSTEMD_219", &["sd_pid_notify_with_fds"]),
    ("LIBSYSTEMD_227", &["sd_listen_fds_with_names"]),
    ("LIBSYSTEMD_233", &["sd_is_socket_sockaddr"]),
    ("LIBSYSTEMD_246", &["sd_notify_barrier"]),
    ("LIBSYSTEMD_254", &["sd_pid_notify_barrier", "sd_pid_notifyf_with_fds"]),
    ("LIBSYSTEMD_258", &["sd_pidfd_get_inode_id"]),
];

/// The writing functions of `sd-journal.h`.
pub const SD_JOURNAL: &[Node] = &[
    (
        "LIBSYSTEMD_209",
        &[
            "sd_journal_perror",
            "sd_journal_perror_with_location",
            "sd_journal_print",
            "sd_journal_print_with_location",
            "sd_journal_printv",
            "sd_journal_printv_with_location",
            "sd_journal_send",
            "sd_journal_send_with_location",
            "sd_journal_sendv",
            "sd_journal_sendv_with_location",
            "sd_journal_stream_fd",
        ],
    ),
    ("LIBSYSTEMD_256", &["sd_journal_stream_fd_with_namespace"]),
];

/// All functions with their version nodes.
pub fn covered() -> impl Iterator<Item = (&'static str, &'static str)> {
    SD_DAEMON.iter().chain(SD_JOURNAL).flat_map(|(node, names)| names.iter().map(move |name| (*name, *node)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_name_once_and_in_order() {
        let names: Vec<_> = super::covered().collect();
        assert!(names.len() >= 20);
        for (node, names) in super::SD_DAEMON.iter().chain(super::SD_JOURNAL) {
            assert!(names.is_sorted(), "{node}");
        }
        let mut once = names.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), names.len());
    }
}
