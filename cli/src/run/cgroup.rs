//! A control group for the service, if one can be created: no process leaves it, and the kernel kills all of it at
//! once.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

pub struct Cgroup {
    path: PathBuf,
    /// Opened at the start: there may be no free descriptor when it matters.
    procs: File,
    kill: File,
}

impl Cgroup {
    /// Creates one below this process's own (unified hierarchy, Linux 5.14).
    pub fn new() -> Option<Cgroup> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let path = directory(&own, &mounts)?.join(format!("sdnotify-{}", std::process::id()));
        fs::create_dir(&path).ok()?;
        let write = |name: &str| File::options().write(true).open(path.join(name));
        match (write("cgroup.procs"), write("cgroup.kill")) {
            (Ok(procs), Ok(kill)) => Some(Cgroup { path, procs, kill }),
            _ => {
                remove(&path);
                None
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file to which a process writes 0 to enter it.
    pub fn entrance(&self) -> BorrowedFd<'_> {
        self.procs.as_fd()
    }

    /// Kills all processes in it and below.
    pub fn kill(&self) {
        let _ = (&self.kill).write_all(b"1");
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Kills everything in a control group and below.
pub fn kill(path: &Path) {
    let _ = fs::write(path.join("cgroup.kill"), "1");
}

/// Whether any process is in it or below.
pub fn is_populated(path: &Path) -> bool {
    let mut events = String::new();
    let _ = File::open(path.join("cgroup.events")).and_then(|mut file| file.read_to_string(&mut events));
    events.lines().any(|line| line == "populated 1")
}

/// Moves the processes of a control group to its parent.
pub fn release(path: &Path) {
    let processes = fs::read_to_string(path.join("cgroup.procs")).unwrap_or_default();
    let above = path.parent().map(|parent| parent.join("cgroup.procs"));
    for (pid, above) in processes.lines().zip(above.iter().cycle()) {
        let _ = fs::write(above, pid);
    }
}

/// Removes an empty control group, and those that the service created in it.
pub fn remove(path: &Path) {
    let is_directory = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    for entry in fs::read_dir(path).into_iter().flatten().flatten().filter(is_directory) {
        remove(&entry.path());
    }
    let _ = fs::remove_dir(path);
}

/// The directory of this process's group, from /proc/self/cgroup and /proc/self/mountinfo.
fn directory(own: &str, mounts: &str) -> Option<PathBuf> {
    let own = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    mounts.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        if kind.split(' ').next() != Some("cgroup2") {
            return None;
        }
        let mut fields = mount.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        let below = Path::new(own).strip_prefix(root).ok()?;
        (!point.contains('\\')).then(|| Path::new(point).join(below))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories() {
        let mounts = "24 1 0:20 / /proc rw - proc proc rw\n29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw";
        let found = |own, mounts| directory(own, mounts).map(|path| path.to_string_lossy().into_owned());
        assert_eq!(found("0::/a/b\n", mounts).as_deref(), Some("/sys/fs/cgroup/a/b"));
        assert_eq!(found("3:cpu:/x\n0::/\n", mounts).as_deref(), Some("/sys/fs/cgroup/"));
        let within = "29 23 0:26 /pod /sys/fs/cgroup ro - cgroup2 cgroup2 rw";
        assert_eq!(found("0::/pod/a", within).as_deref(), Some("/sys/fs/cgroup/a"));
        assert_eq!(found("0::/other", within), None, "not to be seen from here");
        assert_eq!(found("3:cpu:/x", mounts), None, "the old hierarchies");
    }
}
