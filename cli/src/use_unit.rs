//! `sdnotify use`: switches one unit to our libsystemd.so.0 with a drop-in.

mod drop_in;
mod library;
mod manager;
mod programs;

use crate::args::use_unit::Use;
use crate::exit::{Error, Result};
use drop_in::DropIn;
use manager::{Manager, Unit};
use std::process::ExitCode;

pub fn use_unit(arguments: &Use) -> Result<ExitCode> {
    let manager = Manager { user: arguments.user };
    let name = manager::service_name(&arguments.unit).map_err(Error::Usage)?;
    let done = if arguments.revert { revert(&manager, &name) } else { switch(&manager, &name, arguments) };
    let said = done.map_err(|reason| Error::Failed(format!("{name}: {reason}")))?;
    println!("{}", crate::message::quote(&format!("{name}: {said}")));
    Ok(ExitCode::SUCCESS)
}

type Done = std::result::Result<String, String>;

fn switch(manager: &Manager, name: &str, arguments: &Use) -> Done {
    let unit = manager.unit(name)?;
    let programs = programs::examine(&unit, &arguments.runs)?;
    let library = library::find(arguments.library.as_deref(), programs.kind)?;
    let drop_in = DropIn::new(&manager.directories(arguments.runtime)?, &unit.id);
    // Our own drop-in is replaced.
    let ours = unit.drop_ins.iter().any(|path| path.ends_with(drop_in::FILE));
    obstacle(&unit, &library, ours).map_or(Ok(()), Err)?;

    let previous = drop_in.write(&library)?;
    let read = manager.reload().and_then(|()| takes_effect(&manager.unit(name)?, &library));
    if let Err(reason) = read {
        drop_in.restore(previous)?;
        let _ = manager.reload();
        return Err(reason);
    }
    let systemctl = if manager.user { "systemctl --user" } else { "systemctl" };
    for remark in &programs.remarks {
        eprintln!("sdnotify: {}", crate::message::quote(remark));
    }
    Ok(format!(
        "runs on {library}/libsystemd.so.0 from its next start ({systemctl} restart {}); drop-in {}",
        unit.id,
        drop_in.path().display()
    ))
}

/// Works even if the unit itself is gone.
fn revert(manager: &Manager, name: &str) -> Done {
    // The drop-in is under the unit's primary name, to which an alias leads.
    let id = manager.unit(name).map_or_else(|_| name.to_owned(), |unit| unit.id);
    let mut removed = Vec::new();
    for runtime in [false, true] {
        let drop_in = DropIn::new(&manager.directories(runtime)?, &id);
        if !removed.contains(&drop_in.path()) && drop_in.remove()? {
            removed.push(drop_in.path());
        }
    }
    let [first, ..] = removed.as_slice() else {
        return Err("nothing to revert: there is no drop-in written by sdnotify use".into());
    };
    let first = first.display();
    manager.reload().map_err(|reason| format!("removed {first}, but the manager did not reload: {reason}"))?;
    Ok(format!("runs on systemd's library from its next start; removed {first}"))
}

/// What would keep the variable or the library from the unit's programs, if anything.
fn obstacle(unit: &Unit, library: &str, ours: bool) -> Option<String> {
    for (name, value) in [("RootDirectory", &unit.root_directory), ("RootImage", &unit.root_image)] {
        if !value.is_empty() {
            return Some(format!("{name}={value}: the unit's root directory does not contain the library"));
        }
    }
    let hides = |place: &str| library.starts_with(place);
    if ["yes", "tmpfs"].contains(&unit.protect_home.as_str())
        && ["/home/", "/root/", "/run/user/"].into_iter().any(hides)
    {
        return Some(format!("ProtectHome={} hides {library} from the unit", unit.protect_home));
    }
    if !["no", ""].contains(&unit.private_tmp.as_str()) && ["/tmp/", "/var/tmp/"].into_iter().any(hides) {
        return Some(format!("PrivateTmp={} hides {library} from the unit", unit.private_tmp));
    }
    if unit.unset_environment.split(' ').any(|word| word.split('=').next() == Some(VARIABLE)) {
        return Some(format!("UnsetEnvironment= removes {VARIABLE}"));
    }
    for file in &unit.environment_files {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        if text.lines().any(|line| line.trim_start().strip_prefix(VARIABLE).is_some_and(|rest| rest.starts_with('='))) {
            return Some(format!("EnvironmentFile={file} already sets {VARIABLE}"));
        }
    }
    let own = unit.variable(VARIABLE).filter(|value| !ours && value != library)?;
    Some(format!("it already sets {VARIABLE}={own}"))
}

const VARIABLE: &str = "LD_LIBRARY_PATH";

/// Checks that the manager applies the drop-in.
fn takes_effect(unit: &Unit, library: &str) -> std::result::Result<(), String> {
    match unit.variable(VARIABLE) {
        Some(value) if value == library => Ok(()),
        Some(value) => Err(format!("a later drop-in sets {VARIABLE}={value}")),
        None => Err("the manager does not read the drop-in, or a later one clears Environment=".into()),
    }
}

#[cfg(test)]
mod tests;
