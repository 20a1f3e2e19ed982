//! Pages that are no plain files in a plain directory.

use crate::by_hand::{ended, has, helper, run};
use sdnotify_tests::left_out::left_out;
use sdnotify_tests::tree::{self, Scratch};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

const LOAD: [&str; 4] = ["--notice", "1", "--load-command", "echo 0"];

/// The link goes away and comes back; what it leads to, which others may use, stays where it is.
#[test]
fn a_link_is_renamed_and_not_what_it_leads_to() {
    let scratch = Scratch::new("drain");
    let target = scratch.path("target").display().to_string();
    fs::write(&target, "in service\n").expect("a file");
    for (name, to) in [("absolute", target.as_str()), ("relative", "target"), ("dangling", "nowhere")] {
        let page = scratch.path(name).display().to_string();
        symlink(to, &page).expect("a link");
        let (status, said) = run(&[&["wait", "--page", &page], &LOAD[..]].concat());
        assert_eq!(status, Some(0), "{said}");
        assert!(fs::symlink_metadata(&page).is_err(), "{name} is still there");
        assert_eq!(fs::read_to_string(&target).expect("the file"), "in service\n");
        assert_eq!(run(&["restore", "--page", &page]), (Some(0), format!("drain: {page} is back.\n")));
        assert_eq!(fs::read_link(&page).expect("a link").to_str(), Some(to));
        assert!(fs::symlink_metadata(format!("{page}.away")).is_err());
    }
}

/// unshare(1) for mounts that nobody else sees; an ordinary user is root of a namespace of users for that.
fn with_own_mounts() -> Command {
    let mut unshare = Command::new("unshare");
    if !tree::is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.args(["--mount", "--propagation", "private"]);
    unshare
}

/// Runs the helper where a directory is on a file system that cannot be written to any more.
fn read_only(scratch: &Scratch, files: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let script =
        "mount -t tmpfs tmpfs \"$1\"; cd \"$1\"; eval \"$2\"; mount -o remount,bind,ro \"$1\"; shift 2; exec \"$@\"";
    let mut unshare = with_own_mounts();
    unshare.args(["sh", "-euc", script, "sh"]).arg(scratch.dir()).arg(files);
    unshare.arg(tree::installed().join("bin/sdnotify")).arg("drain").args(arguments);
    for name in ["NOTIFY_SOCKET", "SERVICE_RESULT", "MAINPID"] {
        unshare.env_remove(name);
    }
    let output = unshare.output().expect("unshare, of util-linux");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let (status, errors) = ended(output);
    (status, said + &errors)
}

#[test]
fn a_page_on_a_read_only_file_system_is_one_line() {
    if !with_own_mounts().arg("true").output().is_ok_and(|output| output.status.success()) {
        let name = "pages::a_page_on_a_read_only_file_system_is_one_line";
        return left_out(name, "no right to mount file systems here");
    }
    let scratch = Scratch::new("drain");
    let (status, said) = read_only(&scratch, "touch page", &[&["wait", "--page", "page"], &LOAD[..]].concat());
    assert_eq!(status, Some(1), "{said}");
    // The wait goes on all the same.
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() == 2 && lines[1].starts_with("drain: No load after "), "{said}");
    assert_eq!(lines[0], "drain: page: Read-only file system.");

    let check = ["check", "--page", "page", "--load-command", "echo 0"];
    let (status, said) = read_only(&scratch, "touch page", &check);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.starts_with("PROBLEM: page: cannot be renamed: Read-only file system\n"), "{said}");

    let restore = ["restore", "--page", "page"];
    assert_eq!(read_only(&scratch, "touch page", &restore), (Some(0), String::new()));
    let failed = (Some(1), "drain: page: Read-only file system.\n".to_owned());
    assert_eq!(read_only(&scratch, "touch page.away", &restore), failed);
    assert!(!has(&scratch.path("page").display().to_string()), "nothing was written outside");
}

#[test]
fn a_page_below_what_is_no_directory_is_one_line() {
    let scratch = Scratch::new("drain");
    fs::write(scratch.path("file"), "").expect("a file");
    let page = scratch.path("file/page").display().to_string();
    let output = helper(&[&["wait", "--page", &page], &LOAD[..]].concat()).output().expect("the helper");
    let (status, said) = ended(output);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.starts_with(&format!("drain: {page}: Not a directory.\ndrain: No load after ")), "{said}");
}
