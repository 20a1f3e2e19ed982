//! Programs that are really set-user-ID and set-group-ID, started by root and by an unprivileged user, on our library and
//! on each libsystemd at hand. Only root can make them.
//!
//! A loader that is started itself does not give its program the ids of the file. Each libsystemd therefore runs in its
//! own root tree.

use sdnotify_tests::left_out::{left_out, noted};
use sdnotify_tests::library::{Library, recorded};
use sdnotify_tests::probe::{self, Probe};
use sdnotify_tests::tree::{self, Scratch, is_root, run};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

const NOBODY: u32 = 65534;
const USER: u32 = 12345;
const GROUP: u32 = 12346;

/// The file's owner and mode.
const PROGRAMS: [(&str, u32, u32, u32); 4] = [
    ("plain", 0, GROUP, 0o750),
    ("set-user-id", NOBODY, GROUP, 0o4750),
    ("set-group-id", 0, NOBODY, 0o2755),
    ("set-both-ids", NOBODY, NOBODY, 0o6755),
];

/// What each of them does: messages for itself and for others, and what else reads the environment.
const SCRIPT: &str = "open 3 null;receiver =@{id};set NOTIFY_SOCKET =@{id};sd_notify 0 =a;sd_pid_notify 0 0 =b;\
    sd_pid_notify @pid 0 =c;sd_pid_notify 1 0 =d;sd_pid_notify_with_fds 0 0 =e 3 1;sd_pid_notify_with_fds 1 0 =f 3 1;\
    sd_notify 1 =g;received;set WATCHDOG_USEC =5;sd_watchdog_enabled 1 1;set LISTEN_PID @pid;set LISTEN_FDS =1;\
    sd_listen_fds 1;state";

/// A program in a root tree: started by a caller, its effective ids, and what it answers.
fn answers(library: Library, root: &Path, place: &Path, name: &str, caller: u32, group: u32) -> (String, Vec<String>) {
    let mut command = Command::new("unshare");
    // The directory of the programs is seen at /home, in this process's own mounts only.
    command.args([
        "-m",
        "sh",
        "-c",
        "mount --bind \"$1\" \"$2/home\" && exec chroot --userspec=$3 --groups= \"$2\" /home/only/$4 $5",
    ]);
    command.arg("sh").arg(place).arg(root).arg(format!("{caller}:{group}")).arg(name);
    // With other ids than its caller's a program takes no library from $LD_LIBRARY_PATH: by absolute path, all of them.
    command.arg(match library {
        Library::Ours => "/home/libsdnotify.so.0".to_owned(),
        Library::DropIn => "/home/libsystemd.so.0".to_owned(),
        _ => format!("/usr/lib/{}-linux-gnu/libsystemd.so.0", std::env::consts::ARCH),
    });
    tree::without_variables(&mut command);
    let mut probe = Probe::spawn(&mut command);
    let id = format!("sdn-privileges-{}", std::process::id());
    let answers = SCRIPT.split(';').map(|line| probe.ask(&line.replace("{id}", &id))).collect();
    let status = std::fs::read_to_string(format!("/proc/{}/status", probe.id())).expect("the status of a child");
    let ids = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("ids of a process");
        line.split_whitespace().take(2).collect::<Vec<_>>().join("/")
    };
    (format!("{} {}", ids("Uid:"), ids("Gid:")), answers)
}

#[test]
fn programs_with_the_ids_of_their_file() {
    if !is_root() {
        return left_out("set-user-ID and set-group-ID programs", "only root can make them");
    }
    let scratch = Scratch::new("privileges");
    let options = run(Command::new("findmnt").args(["-n", "-o", "OPTIONS", "-T"]).arg(scratch.dir()));
    assert!(!options.contains("nosuid"), "{}: no set-user-ID programs there: {options}", scratch.dir().display());
    for (library, name) in [(Library::Ours, "libsdnotify.so.0"), (Library::DropIn, "libsystemd.so.0")] {
        std::fs::copy(library.path(), scratch.path(name)).expect("a copy of the library");
    }
    // Nobody else on this machine is to run them.
    let only = scratch.path("only");
    std::fs::create_dir(&only).expect("a directory");
    chown(&only, Some(0), Some(GROUP)).expect("root");
    std::fs::set_permissions(&only, PermissionsExt::from_mode(0o750)).expect("a mode");
    for (name, user, group, mode) in PROGRAMS {
        let program = only.join(name);
        std::fs::copy(probe::program(), &program).expect("a copy of the program");
        chown(&program, Some(user), Some(group)).expect("root");
        std::fs::set_permissions(&program, PermissionsExt::from_mode(mode)).expect("a mode");
    }

    let machine = Path::new("/");
    for (name, file_user, file_group, mode) in PROGRAMS {
        for (user, group) in [(0, 0), (USER, GROUP)] {
            let effective_user = if mode & 0o4000 == 0 { user } else { file_user };
            let effective_group = if mode & 0o2000 == 0 { group } else { file_group };
            let what = format!("{name}, started by {user}");
            let (ids, ours) = answers(Library::Ours, machine, scratch.dir(), name, user, group);
            assert_eq!(ids, format!("{user}/{effective_user} {group}/{effective_group}"), "{what}");
            // The kernel lets nobody but root name another process, and root only with root's effective id.
            let foreign = if effective_user == 0 { "pid=1 " } else { "pid=own " };
            let messages = ours.iter().find(|answer| answer.starts_with("messages=")).expect("messages");
            assert_eq!(messages.matches(&format!("uid={user} gid={group}")).count(), 7, "{what}: {messages}");
            let for_others = messages.split('[').filter(|text| text.starts_with("x64 ") || text.starts_with("x66 "));
            assert_eq!(for_others.filter(|text| text.contains(foreign)).count(), 2, "{what}: {messages}");

            let mut others = vec![(Library::DropIn, machine), (Library::Theirs, machine)];
            for library in [Library::Trixie, Library::Newest] {
                match (library.root(), library.release()) {
                    (Some(Ok(root)), Ok(release)) if recorded().contains(&release) => others.push((library, root)),
                    (_, Ok(release)) => {
                        noted(&format!("set-user-ID programs on libsystemd {release}"), "it has no record")
                    }
                    (_, Err(reason)) => left_out(&format!("set-user-ID programs on {}", library.of()), &reason),
                }
            }
            for (library, root) in others {
                let (their_ids, theirs) = answers(library, root, scratch.dir(), name, user, group);
                assert_eq!(their_ids, ids, "{library:?}: {what}");
                assert_eq!(theirs, ours, "{library:?}: {what}");
            }
        }
    }
}
