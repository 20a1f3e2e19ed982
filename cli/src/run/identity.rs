//! The user that a service becomes: `User=` and `Group=`.

use crate::exit::{Error, Result};
use nix::errno::Errno;
use nix::unistd::{Gid, Group, Uid, User, getgrouplist, setgroups, setresgid, setresuid};
use std::ffi::{CString, OsString};

pub struct Identity {
    uid: Uid,
    gid: Gid,
    groups: Vec<Gid>,
    /// What such a process finds in its environment.
    pub variables: Vec<(&'static str, OsString)>,
    /// Where `WorkingDirectory=~` is.
    pub home: OsString,
}

impl Identity {
    /// Looks them up; `None` if the service keeps the user of this process.
    pub fn find(user: Option<&str>, group: Option<&str>) -> Result<Option<Identity>> {
        if user.is_none() && group.is_none() {
            return Ok(None);
        }
        let own = Uid::effective();
        let found = match user {
            Some(name) => find_user(name).ok_or_else(|| Error::Usage(format!("User={name}: no such user")))?,
            None => find_user(&own.to_string()).ok_or_else(|| Error::Usage(format!("no user has the ID {own}")))?,
        };
        let gid = match group {
            Some(name) => find_group(name).ok_or_else(|| Error::Usage(format!("Group={name}: no such group")))?,
            None => found.gid,
        };
        let is_own = found.uid == own && gid == Gid::effective();
        if !own.is_root() && !is_own {
            let what =
                user.map_or_else(|| format!("Group={}", group.unwrap_or_default()), |user| format!("User={user}"));
            return Err(Error::Usage(format!("{what}: only root can run a service as another user")));
        }
        let groups = if own.is_root() {
            let name =
                CString::new(found.name.as_str()).map_err(|_| Error::Usage("a NUL byte in a user name".into()))?;
            getgrouplist(&name, gid)
                .map_err(|errno| Error::Usage(format!("cannot read the groups of {}: {errno}", found.name)))?
        } else {
            Vec::new()
        };
        let home = found.dir.into_os_string();
        let mut variables = vec![("USER", OsString::from(&found.name)), ("LOGNAME", OsString::from(&found.name))];
        // As in systemd, placeholders for "none" are not set.
        if home != "/nonexistent" && home != "/" {
            variables.push(("HOME", home.clone()));
        }
        if !found.shell.ends_with("nologin") && !found.shell.ends_with("false") {
            variables.push(("SHELL", found.shell.into_os_string()));
        }
        Ok(Some(Identity { uid: found.uid, gid, groups, variables, home }))
    }

    /// Switches this process to it. Without privileges it already has it.
    pub fn take(&self) -> std::result::Result<(), Errno> {
        if Uid::effective().is_root() {
            setgroups(&self.groups)?;
            setresgid(self.gid, self.gid, self.gid)?;
            setresuid(self.uid, self.uid, self.uid)?;
        }
        Ok(())
    }
}

fn find_user(name: &str) -> Option<User> {
    let by_number = || User::from_uid(Uid::from_raw(name.parse().ok()?)).ok().flatten();
    User::from_name(name).ok().flatten().or_else(by_number)
}

fn find_group(name: &str) -> Option<Gid> {
    let by_number = || name.parse().ok().map(Gid::from_raw);
    Group::from_name(name).ok().flatten().map(|group| group.gid).or_else(by_number)
}
