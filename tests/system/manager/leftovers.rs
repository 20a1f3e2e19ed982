//! A manager goes without a trace: no process, no cgroup, no mount, no file.

use sdnotify_tests::manager::{Manager, PATIENCE, on_each};
use sdnotify_tests::release::Release;
use sdnotify_tests::tree;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The cgroup that tests/support/with-systemd, run as process `id`, makes below that of its caller.
fn cgroup(id: u32) -> PathBuf {
    let mounts = fs::read_to_string("/proc/self/mounts").expect("the mounts");
    let mount = mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        fields.next().filter(|_| fields.next() == Some("cgroup2"))
    });
    let own = fs::read_to_string("/proc/self/cgroup").expect("the cgroups");
    let own = own.lines().find_map(|line| line.strip_prefix("0::/")).expect("one of version 2");
    Path::new(mount.expect("cgroup2")).join(own).join(format!("sdtest.{id}"))
}

/// The processes in a cgroup and below.
fn processes(cgroup: &Path) -> Vec<String> {
    let mut found: Vec<String> = fs::read_to_string(cgroup.join("cgroup.procs"))
        .map(|text| text.lines().map(str::to_owned).collect())
        .unwrap_or_default();
    for entry in fs::read_dir(cgroup).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir()) {
        found.extend(processes(&entry.path()));
    }
    found
}

fn until(what: &str, so: impl Fn() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        sleep(Duration::from_millis(50));
    }
}

fn assert_no_mount(path: &Path) {
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("the mounts");
    assert!(!mounts.contains(path.to_str().expect("UTF-8")), "{mounts}");
}

#[test]
fn nothing_is_left_when_a_manager_has_ended() {
    for release in Release::at_hand() {
        let manager = Manager::start(release).unwrap_or_else(|reason| panic!("{release}: {reason}"));
        manager.units(&[(
            "stubborn.service",
            "[Service]\nType=notify\nExecStart=@SPEAKER@ await TERM say READY=1 sleep 600s\nTimeoutStartSec=infinity\n",
        )]);
        manager.systemctl("start --no-block stubborn.service");
        manager.wait_state("stubborn.service", "activating (start)");
        let (scratch, cgroup) = (manager.path(""), cgroup(manager.id()));
        let before = processes(&cgroup);
        assert!(before.len() >= 3, "the manager, the agent, the service: {before:?}");
        drop(manager);
        assert!(!cgroup.exists(), "{}", cgroup.display());
        assert!(!scratch.exists(), "{}", scratch.display());
        for id in before {
            assert!(!Path::new("/proc").join(&id).exists(), "process {id}");
        }
        assert_no_mount(&scratch);
        assert_no_mount(&cgroup);
    }
}

#[test]
fn a_run_that_is_killed_takes_its_manager_along() {
    let Some(release) = Release::at_hand().first() else { return };
    let mut run = Command::new(tree::top().join("tests/support/with-systemd"))
        .args(["-s", "sleep", "600"])
        .spawn()
        .expect("it starts");
    let cgroup = cgroup(run.id());
    until("the manager", || processes(&cgroup).len() >= 3);
    run.kill().expect("it runs");
    run.wait().expect("it ends");
    until("the end of its processes", || processes(&cgroup).is_empty());
    // Its cgroup is for the next run to remove.
    drop(Manager::start(release));
    assert!(!cgroup.exists(), "{}", cgroup.display());
}

/// A manager sets the mode and the owner of its console; the machine's devices must not be it.
#[test]
fn the_console_is_no_device_of_the_machine() {
    on_each(|manager| {
        manager.units(&[(
            "console.service",
            "[Service]\nType=oneshot\nTTYPath=/dev/console\nStandardInput=tty-force\nExecStart=/bin/true\n",
        )]);
        // No terminal, so some releases do not even start the command.
        manager.sh("$SD_CTL start console.service");
        let seen = manager.run("stat -c %A /dev/null; stat -c %d:%i /dev/console /dev/null | uniq | wc -l");
        assert_eq!(seen, "crw-rw-rw-\n2\n", "{}", manager.release);
    });
}
