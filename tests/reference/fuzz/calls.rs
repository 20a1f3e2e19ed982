//! One random call of any function, in a random environment.

use crate::lockstep::Case;
use crate::texts;
use proptest::prelude::*;
use proptest::sample::select;

pub fn case() -> impl Strategy<Value = Case> {
    prop_oneof![
        4 => notify().boxed(),
        1 => large().boxed(),
        200 => prop_oneof![
            5 => notify(),
            3 => formatted(),
            4 => watchdog(),
            6 => listen(),
            8 => predicate(),
        ],
    ]
}

/// 0, 1, and now and then anything.
fn flag() -> impl Strategy<Value = i32> {
    prop_oneof![4 => Just(0), 4 => Just(1), 1 => any::<i32>()]
}

/// Never the id of a process that may come or go while two libraries look.
fn pid() -> impl Strategy<Value = String> {
    select(&["0", "0", "@pid", "1", "-1", "2147483647", "-2147483648", "4194305"][..]).prop_map(str::to_owned)
}

/// This process's id, which differs from library to library, behind what keeps it a decimal number.
fn own_pid() -> impl Strategy<Value = String> {
    select(&["x20", "x09", "x0b", "=+", "=-", "x200a2b", "x0c2b", "x0c2d", "x2b20", "x2b2b"][..])
        .prop_map(|before| format!("{before}|@pid"))
}

fn timeout() -> impl Strategy<Value = u64> {
    select(&[0, 0, 0, 1, 999, 1000][..])
}

/// Numbers of descriptors: mostly those that [`open`] opens.
fn fd() -> impl Strategy<Value = i32> {
    prop_oneof![12 => 3..8, 2 => 0..3, 1 => select(&[77, -1, i32::MIN, i32::MAX, 899][..])]
}

/// A list of descriptors and its length; sometimes NULL, sometimes over the limit.
fn fds() -> impl Strategy<Value = String> {
    let list = |fds: Vec<i32>| {
        let words: Vec<String> = fds.iter().map(i32::to_string).collect();
        if fds.is_empty() { "- 0".to_owned() } else { format!("{} {}", words.join(","), fds.len()) }
    };
    prop_oneof![
        10 => prop::collection::vec(fd(), 0..6).prop_map(list),
        1 => select(&[1_usize, 2, 252, 253, 254, 255, 1000]).prop_map(move |count| list(vec![3; count])),
        1 => (3..8, 1..254_usize, fd()).prop_map(move |(fd, count, last)| list([vec![fd; count], vec![last]].concat())),
        1 => select(&["- 0", "- 1", "- 254", "3 0"][..]).prop_map(str::to_owned),
    ]
}

/// What a descriptor refers to.
fn kind() -> impl Strategy<Value = String> {
    let socket = (select(&["unix", "inet", "inet6"][..]), select(&[1, 1, 2, 2, 5][..]), 0..2).prop_flat_map(
        |(family, kind, listen)| {
            let place = match family {
                "unix" => select(&["x", "x00|={id}-a", "x00|={id}|90*61", "={dir}/bound", "={dir}/b"][..]).boxed(),
                _ => select(&["0", "-1"][..]).boxed(),
            };
            // There are no Internet sockets of packets in sequence here.
            let kind = if family == "unix" { kind } else { kind.min(2) };
            place.prop_map(move |place| format!("{family} {kind} {listen} {place}"))
        },
    );
    let other = select(
        &[
            "null",
            "device /dev/zero",
            "dir {dir}",
            "path {dir}",
            "file {dir}/file",
            "file {dir}/other",
            "fifo {dir}/fifo",
            "fifo {dir}/pipe",
            "pipe",
            "pipe-write",
            "epoll",
            "event",
            "timer",
            "memory",
            "inotify",
            "netlink",
            "pty",
            "mq /{id}",
            "pidfd",
            "pidfd-child",
            "pair 1",
            "pair 2",
            "pair 5",
            "closed",
            "path {dir}/file",
        ][..],
    );
    prop_oneof![2 => socket, 3 => other.prop_map(str::to_owned)]
}

/// Descriptors from 3 on.
fn open(most: usize) -> impl Strategy<Value = Case> {
    prop::collection::vec(kind(), 0..=most)
        .prop_map(|kinds| kinds.iter().enumerate().map(|(index, kind)| format!("open {} {kind}", index + 3)).collect())
}

/// The receiver that the address may or may not reach.
fn receiver() -> impl Strategy<Value = Case> {
    select(&["receiver =@{id}", "receiver ={dir}/socket", "receiver =@{id} stream", "receiver =@{id} seqpacket"][..])
        .prop_flat_map(|receiver| {
            // Mostly the one it is.
            let same = receiver.split(' ').nth(1).unwrap_or("x").to_owned();
            prop_oneof![6 => Just(same).boxed(), 3 => texts::address().boxed()]
                .prop_map(move |address| vec![receiver.to_owned(), format!("set NOTIFY_SOCKET {address}")])
        })
}

fn environment() -> impl Strategy<Value = Case> {
    prop_oneof![20 => receiver().boxed(), 3 => texts::address().prop_map(|address| vec![format!("set NOTIFY_SOCKET {address}")]).boxed(), 1 => Just(vec![]).boxed()]
}

fn notify() -> impl Strategy<Value = Case> {
    let call =
        (flag(), pid(), texts::state(), fds(), timeout(), 0..6).prop_map(|(unset, pid, state, fds, timeout, which)| {
            match which {
                0 => format!("sd_notify {unset} {state}"),
                1 => format!("sd_pid_notify {pid} {unset} {state}"),
                2 | 3 => format!("sd_pid_notify_with_fds {pid} {unset} {state} {fds}"),
                4 => format!("sd_notify_barrier {unset} {timeout}"),
                _ => format!("sd_pid_notify_barrier {pid} {unset} {timeout}"),
            }
        });
    (open(4), environment(), call).prop_map(|(open, environment, call)| [open, environment, vec![call]].concat())
}

fn large() -> impl Strategy<Value = Case> {
    (texts::large_state(), pid()).prop_map(|(state, pid)| {
        vec![
            "receiver =@{id}".to_owned(),
            "set NOTIFY_SOCKET =@{id}".to_owned(),
            format!("sd_pid_notify {pid} 0 {state}"),
        ]
    })
}

/// A conversion and the arguments that it takes; none whose result another release of the C library has changed.
fn conversion() -> impl Strategy<Value = (String, Vec<String>)> {
    let flags = select(&["", "", "", "-", "+", " ", "#", "0", "'", "-0", "+ #"][..]);
    let width = prop_oneof![4 => Just(None), 2 => (0..40_i64).prop_map(Some), 1 => select(&[4095, 4096, 4097, 5000][..]).prop_map(Some)];
    let precision = prop_oneof![4 => Just(None), 2 => (0..30_i64).prop_map(Some)];
    let length_and_letter = prop_oneof![
        (select(&["", "hh", "h"][..]), select(&["d", "i", "u", "o", "x", "X"][..]), any::<i32>())
            .prop_map(|(length, letter, value)| (format!("{length}{letter}"), format!("i:{value}"))),
        (select(&["l", "ll", "z", "j", "t"][..]), select(&["d", "i", "u", "o", "x", "X"][..]), any::<i64>())
            .prop_map(|(length, letter, value)| (format!("{length}{letter}"), format!("l:{value}"))),
        (select(&["e", "E", "f", "F", "g", "G", "a", "A"][..]), prop_oneof![any::<f64>(), -1e6..1e6])
            .prop_map(|(letter, value)| (letter.to_owned(), format!("d:{value:e}"))),
        (select(&["Le", "Lf", "Lg", "La"][..]), -1e9..1e9)
            .prop_map(|(letter, value): (&str, f64)| (letter.to_owned(), format!("D:{value:e}"))),
        (1..=255).prop_map(|value: i32| ("c".to_owned(), format!("i:{value}"))),
        prop_oneof![texts::bytes(60), Just("-".to_owned()), (0..6000_usize).prop_map(|count| format!("{count}*62"))]
            .prop_map(|value| ("s".to_owned(), format!("s:{value}"))),
        any::<i32>().prop_map(|value| ("p".to_owned(), format!("l:{value}"))),
    ];
    (flags, width, precision, length_and_letter, 0..4).prop_map(|(flags, width, precision, (letter, value), star)| {
        let mut arguments = Vec::new();
        let mut format = format!("%{flags}");
        if let Some(width) = width {
            // By an argument, at times with the sign that turns it around.
            if star == 0 {
                format.push('*');
                arguments.push(format!("i:{}", -width));
            } else {
                format += &width.to_string();
            }
        }
        if let Some(precision) = precision {
            if star == 1 {
                format += ".*";
                arguments.push(format!("i:{}", precision - 3));
            } else {
                format += &format!(".{precision}");
            }
        }
        arguments.push(value);
        (format + &letter, arguments)
    })
}

/// A conversion for which ours has no need of printf().
fn plain() -> impl Strategy<Value = (String, Vec<String>)> {
    let numbers = prop_oneof![any::<i64>(), select(vec![i64::MIN, i64::MAX, i32::MIN.into(), -1, 0])];
    let string = prop_oneof![9 => texts::bytes(60), 1 => (4080..4100_usize).prop_map(|count| format!("{count}*62"))];
    prop_oneof![
        string.prop_map(|text| ("%s".to_owned(), format!("s:{text}"))),
        (select(&["%d", "%i", "%u"][..]), numbers.clone())
            .prop_map(|(format, number)| (format.to_owned(), format!("i:{}", number as i32))),
        (select(&["%ld", "%li", "%lu", "%zd", "%zi", "%zu"][..]), numbers)
            .prop_map(|(format, number)| (format.to_owned(), format!("l:{number}"))),
    ]
    .prop_map(|(format, argument)| (format, vec![argument]))
}

/// Conversions with text between them; %n, which libsystemd's C library refuses, is left out.
fn format() -> impl Strategy<Value = (String, Vec<String>)> {
    let text = prop_oneof![
        prop::collection::vec((1_u8..=255).prop_filter("no conversion", |byte| *byte != b'%'), 0..10)
            .prop_map(|bytes| (sdnotify_tests::probe::text(&bytes), vec![])),
        select(&["=%%", "=%m", "=%y"][..]).prop_map(|odd| (odd.to_owned(), vec![])),
    ];
    let conversion = prop_oneof![3 => conversion().boxed(), 4 => plain().boxed()]
        .prop_map(|(format, arguments)| (sdnotify_tests::probe::text(format.as_bytes()), arguments));
    let piece = prop_oneof![1 => text, 3 => conversion];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| {
        let (formats, arguments): (Vec<String>, Vec<Vec<String>>) = pieces.into_iter().unzip();
        (if formats.is_empty() { "x".to_owned() } else { formats.join("|") }, arguments.concat())
    })
}

fn formatted() -> impl Strategy<Value = Case> {
    let function = select(&["sd_notifyf", "sd_pid_notifyf", "sd_pid_notifyf_with_fds"][..]);
    (open(3), environment(), function, pid(), flag(), fds(), format()).prop_map(
        |(open, environment, function, pid, unset, fds, (format, arguments))| {
            let call = format!("format {function} {pid} {unset} {fds} {format} {}", arguments.join(" "));
            [open, environment, vec![call]].concat()
        },
    )
}

fn watchdog() -> impl Strategy<Value = Case> {
    let pid = prop_oneof![
        3 => Just(None), 2 => Just(Some("@pid".to_owned())), 3 => texts::number().prop_map(Some),
        1 => own_pid().prop_map(Some),
    ];
    (prop::option::weighted(0.95, texts::number()), pid, flag(), 0..2).prop_map(|(usec, pid, unset, wanted)| {
        let mut case: Case = usec.map(|usec| format!("set WATCHDOG_USEC {usec}")).into_iter().collect();
        case.extend(pid.map(|pid| format!("set WATCHDOG_PID {pid}")));
        case.push(format!("sd_watchdog_enabled {unset} {wanted}"));
        case
    })
}

fn listen() -> impl Strategy<Value = Case> {
    let pid = prop_oneof![12 => Just("@pid".to_owned()), 2 => texts::number(), 1 => own_pid()];
    let pidfdid =
        prop_oneof![6 => Just(None), 2 => Just(Some("@pidfdid".to_owned())), 1 => texts::number().prop_map(Some)];
    let count = prop_oneof![6 => (0..5).prop_map(|count| format!("={count}")), 2 => texts::number()];
    let names = prop::option::weighted(0.7, texts::names());
    (open(5), prop::option::weighted(0.97, pid), pidfdid, prop::option::weighted(0.95, count), names, flag(), 0..3)
        .prop_map(|(open, pid, pidfdid, count, names, unset, which)| {
            let mut case = open;
            case.extend(pid.map(|value| format!("set LISTEN_PID {value}")));
            case.extend(pidfdid.map(|value| format!("set LISTEN_PIDFDID {value}")));
            case.extend(count.map(|value| format!("set LISTEN_FDS {value}")));
            case.extend(names.map(|value| format!("set LISTEN_FDNAMES {value}")));
            case.push(match which {
                0 => format!("sd_listen_fds {unset}"),
                _ => format!("sd_listen_fds_with_names {unset} {}", which - 1),
            });
            case
        })
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        10 => select(&["-", "-", "x", "={dir}/file", "={dir}/other", "={dir}/fifo", "={dir}/pipe", "={dir}/bound", "={dir}/b",
            "={dir}", "=/dev/null", "=/dev/zero", "=/dev/ptmx", "={dir}/file/x", "=/{id}", "=//", "x00", "=relative"][..]).prop_map(str::to_owned),
        1 => texts::bytes(20),
        1 => (100..120_usize).prop_map(|count| format!("=/|{count}*61")),
    ]
}

/// A name with bytes enough for any length that goes with it.
fn unix_name() -> impl Strategy<Value = String> {
    let path = path().prop_filter("NULL has no length", |path| path != "-").prop_map(|path| format!("{path}|130*00"));
    let name = prop_oneof![
        select(&["x00|={id}-a|100*00", "x00|={id}|90*61|40*00", "x00|={id}|130*61", "={dir}/bound|x61|130*00"][..])
            .prop_map(str::to_owned),
        path,
    ];
    (
        name,
        prop_oneof![3 => Just(0_u64), 3 => 0..120_u64, 1 => select(&[15_u64, 16, 17, 107, 108, 109, 110, 1 << 32][..])],
    )
        .prop_map(|(name, length)| format!("{name} {length}"))
}

/// An address with bytes enough for any length that goes with it.
fn sockaddr() -> impl Strategy<Value = String> {
    let address = prop_oneof![
        3 => Just("@name:3".to_owned()),
        1 => select(&["x0200", "x0a00", "x0100", "x0000", "xffff"][..]).prop_map(str::to_owned),
        1 => texts::bytes(30),
        1 => (select(&["x02000000|x7f000001", "x0a00000000000000|15*00|x01", "x0a000000|x000000ff|15*00|x0100000000"][..])).prop_map(str::to_owned),
    ];
    (address, prop_oneof![3 => select(&[16, 28][..]), 2 => 0..40, 1 => 100..128])
        .prop_map(|(address, length)| format!("{address}|130*00 {length}"))
}

fn predicate() -> impl Strategy<Value = Case> {
    let family = prop_oneof![6 => select(&[0, 1, 2, 10, 16][..]), 1 => any::<i32>()];
    let socket = prop_oneof![6 => select(&[0, 1, 2, 3, 5][..]), 1 => any::<i32>()];
    let listening = prop_oneof![6 => -1..3, 1 => any::<i32>()];
    let port = prop_oneof![3 => Just("0".to_owned()), 3 => Just("@port:3".to_owned()), 1 => any::<u16>().prop_map(|port| port.to_string())];
    let arguments = (family, socket, listening, port, path(), unix_name(), sockaddr());
    (open(2), prop_oneof![8 => Just(3), 2 => fd()], arguments, 0..12).prop_map(
        |(open, fd, (family, kind, listening, port, path, name, address), which)| {
            let call = match which {
                0 => format!("sd_is_fifo {fd} {path}"),
                1 => format!("sd_is_special {fd} {path}"),
                2 => format!("sd_is_mq {fd} {path}"),
                3 | 4 => format!("sd_is_socket {fd} {family} {kind} {listening}"),
                5 | 6 => format!("sd_is_socket_inet {fd} {family} {kind} {listening} {port}"),
                7 | 8 => format!("sd_is_socket_sockaddr {fd} {kind} {address} {listening}"),
                9 => format!("sd_is_socket_unix {fd} {kind} {listening} {path} 0"),
                10 => format!("sd_is_socket_unix {fd} {kind} {listening} {name}"),
                // An id differs from process to process, and so only the result is asked for where there is one.
                _ => format!("sd_pidfd_get_inode_id {fd} 0"),
            };
            [open, vec![call]].concat()
        },
    )
}
