//! The file that a balancer's health check requests: renames it away and back.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// What became of the page, or why nothing did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    Done,
    /// It was already so.
    Already,
}

/// Where the page is while it is away.
pub fn away(page: &Path) -> PathBuf {
    let mut name = OsString::from(page);
    name.push(".away");
    name.into()
}

/// Renames the page away.
pub fn take_away(page: &Path) -> Result<Change> {
    match present(page) {
        Ok(()) => match fs::rename(page, away(page)) {
            Ok(()) => return Ok(Change::Done),
            // Another process took it away in between.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    present(&away(page)).map(|()| Change::Already)
}

/// Renames the page back, unless a page exists: that one is newer and stays.
pub fn put_back(page: &Path) -> Result<Change> {
    let away = away(page);
    match present(page) {
        Ok(()) => return forget(&away),
        Err(error) if error.kind() == ErrorKind::NotFound => present(&away)?,
        Err(error) => return Err(error),
    }
    // Unlike rename(), link() never replaces a page that was put there meanwhile.
    match fs::hard_link(&away, page) {
        Ok(()) => fs::remove_file(&away).map(|()| Change::Done),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => forget(&away),
        Err(error) if error.kind() == ErrorKind::NotFound => present(page).map(|()| Change::Already),
        // A file system without hard links, or a file of another user.
        Err(_) => fs::rename(&away, page).map(|()| Change::Done),
    }
}

/// Checks that there is a file, or a link to one, to rename.
pub fn present(path: &Path) -> Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { Err(Error::from(ErrorKind::IsADirectory)) } else { Ok(()) }
}

/// Removes the leftover of an older page.
fn forget(away: &Path) -> Result<Change> {
    match present(away).and_then(|()| fs::remove_file(away)) {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => Err(error),
        _ => Ok(Change::Already),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn scratch() -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("sdnotify-page-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).expect("a directory");
        directory
    }

    #[test]
    fn there_and_back() {
        let directory = scratch();
        let page = directory.join("page");
        fs::write(&page, "1").expect("a file");
        assert_eq!(take_away(&page).ok(), Some(Change::Done));
        assert!(!page.exists());
        assert_eq!(take_away(&page).ok(), Some(Change::Already));
        assert_eq!(put_back(&page).ok(), Some(Change::Done));
        assert_eq!(put_back(&page).ok(), Some(Change::Already));
        assert!(page.exists() && !away(&page).exists());
        fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn the_newer_page_stays() {
        let directory = scratch();
        let page = directory.join("page");
        fs::write(away(&page), "old").expect("a file");
        fs::write(&page, "new").expect("a file");
        assert_eq!(put_back(&page).ok(), Some(Change::Already));
        assert!(!away(&page).exists());
        fs::write(away(&page), "old").expect("a file");
        assert_eq!(take_away(&page).ok(), Some(Change::Done));
        assert_eq!(put_back(&page).ok(), Some(Change::Done));
        assert_eq!(fs::read_to_string(&page).ok().as_deref(), Some("new"));
        fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn what_is_no_page() {
        let directory = scratch();
        let page = directory.join("page");
        let kind = |result: Result<Change>| result.expect_err("an error").kind();
        assert_eq!(kind(take_away(&page)), ErrorKind::NotFound);
        assert_eq!(kind(put_back(&page)), ErrorKind::NotFound);
        assert_eq!(kind(take_away(&directory)), ErrorKind::IsADirectory);
        fs::create_dir(away(&page)).expect("a directory");
        assert_eq!(kind(put_back(&page)), ErrorKind::IsADirectory);
        fs::write(&page, "1").expect("a file");
        take_away(&page).expect_err("a directory is in the way");
        assert!(page.exists());
        fs::remove_dir_all(directory).expect("removed");
    }
}
