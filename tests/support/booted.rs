//! Complete systems of Debian that boot with their own systemd, side by side on a network of their own:
//! tests/support/booted-system.

use crate::tree::{Scratch, run, top};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a system may take until it has been set up and has booted.
const BOOT: Duration = Duration::from_secs(600);

/// A bridge that the systems are connected to. Clients have an address on it too.
pub struct Switch(Child);

impl Switch {
    pub fn new(address: &str) -> Switch {
        let mut command = Command::new("unshare");
        command.args(["--net", "--kill-child", "--fork", "cat"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let switch = Switch(command.spawn().expect("unshare"));
        let own = fs::read_link("/proc/self/ns/net").expect("a namespace");
        let theirs = || fs::read_link(format!("/proc/{}/ns/net", switch.0.id())).expect("a namespace");
        wait_for("a network", || theirs() != own);
        switch.run("ip link add switch type bridge && ip link set switch up && ip link set lo up");
        switch.run(&format!("ip addr add {address}/24 dev switch"));
        switch
    }

    /// A shell command in this network.
    pub fn command(&self, command: &str) -> Command {
        entered(self.0.id(), &["--net"], command)
    }

    fn run(&self, command: &str) -> String {
        run(&mut self.command(command))
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// A system that has booted.
pub struct System {
    name: &'static str,
    child: Child,
    pid: u32,
    scratch: Scratch,
}

impl System {
    /// Boots a copy of a root tree. `setup` is a shell script that runs in it beforehand; it finds `files` in the
    /// directory $FILES.
    pub fn boot(
        root: &Path,
        name: &'static str,
        files: &[&Path],
        setup: &str,
        switch: &Switch,
        address: &str,
    ) -> System {
        let scratch = Scratch::new("system");
        for file in files {
            fs::copy(file, scratch.path(file.file_name().expect("a name").to_str().expect("UTF-8"))).expect("a copy");
        }
        let setup = format!("FILES={}\n{setup}", scratch.dir().display());
        fs::write(scratch.path("setup"), setup).expect("a file");
        let log = fs::File::create(scratch.path("log")).expect("a file");
        let mut command = Command::new(top().join("tests/support/booted-system"));
        command.arg(root).arg(scratch.dir()).arg("setup");
        command.stdin(Stdio::piped()).stdout(log.try_clone().expect("a descriptor")).stderr(log);
        let child = command.spawn().expect("tests/support/booted-system");
        let mut system = System { name, child, pid: 0, scratch };
        let pid = system.scratch.path("pid");
        let begin = Instant::now();
        while !pid.exists() {
            let over = system.child.try_wait().expect("its state").is_some() || begin.elapsed() > BOOT;
            assert!(!over, "{name} does not boot:\n{}", system.log());
            sleep(Duration::from_millis(50));
        }
        system.pid = fs::read_to_string(pid).expect("a file").trim().parse().expect("a number");
        let end = format!("{name}-end");
        switch.run(&format!(
            "ip link add {end} type veth peer name eth0 netns {} && ip link set {end} master switch up",
            system.pid
        ));
        let net = format!("ip addr add {address}/24 dev eth0 && ip link set eth0 up");
        run(&mut entered(system.pid, &["--net"], &net));
        wait_for("systemd", || system.is_up());
        system
    }

    /// The directory of its files.
    pub fn files(&self) -> &Path {
        self.scratch.dir()
    }

    /// What was said before it booted.
    fn log(&self) -> String {
        fs::read_to_string(self.scratch.path("log")).unwrap_or_default()
    }

    fn is_up(&self) -> bool {
        let output = self.output("systemctl is-system-running");
        ["running", "degraded"].contains(&String::from_utf8_lossy(&output.stdout).trim())
    }

    /// How a shell command ends in the system, in the directory of the checkout.
    pub fn output(&self, command: &str) -> Output {
        let all = ["--mount", "--pid", "--net", "--cgroup", "--ipc", "--uts", "--root"];
        entered(self.pid, &all, &format!("cd /srv/libsdnotify\n{command}")).output().expect("nsenter")
    }

    /// As [`System::output`], for commands that must succeed; what they said.
    pub fn run(&self, command: &str) -> String {
        let output = self.output(command);
        let [said, errors] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        assert!(output.status.success(), "{}: {command}: {}: {said}{errors}", self.name, output.status);
        said
    }
}

impl Drop for System {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A shell command in namespaces of a process.
fn entered(pid: u32, namespaces: &[&str], command: &str) -> Command {
    let mut nsenter = Command::new("nsenter");
    nsenter.arg("--target").arg(pid.to_string()).args(namespaces).args(["sh", "-euc", command]);
    nsenter
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", "/root")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null());
    nsenter
}

/// Waits until something is so.
pub fn wait_for(what: &str, so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(begin.elapsed() < Duration::from_secs(120), "waited in vain for {what}");
        sleep(Duration::from_millis(200));
    }
}
