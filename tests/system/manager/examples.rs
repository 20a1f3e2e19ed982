//! The services in examples/, with their unit files as they are, but for where the program is and how long waiting takes.

use sdnotify_tests::manager::{Manager, on_each, program_with};
use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::tree::{self, run};
use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

/// From the first heartbeat to the restart, and a clean end.
fn heartbeat(manager: &Manager, name: &str, settings: &str) {
    let unit = format!("{name}.service");
    let text = fs::read_to_string(tree::top().join("examples/heartbeat").join(&unit)).expect("the unit file");
    let test = format!("[Service]\nWatchdogSec=4\n{settings}");
    manager.units(&[(&unit, &text), (&format!("{unit}.d/test.conf"), &test)]);
    manager.systemctl(&format!("start {unit}"));
    assert_eq!(manager.state(&unit), "active (running)");
    let first = manager.show(&unit, "MainPID");

    // Three periods later it has reported its iterations, and nobody has killed it.
    sleep(Duration::from_secs(12));
    let status = manager.show(&unit, "StatusText");
    let words: Vec<&str> = status.split(' ').collect();
    let ["Load", load, "iteration", iterations] = words.as_slice() else { panic!("{status:?}") };
    assert!(load.trim_end_matches(',').parse::<f64>().is_ok(), "{status:?}");
    let iterations = iterations.trim_end_matches('.').parse::<u32>();
    assert!(iterations.is_ok_and(|iterations| iterations >= 5), "{status:?}");
    assert_eq!((manager.show(&unit, "MainPID"), manager.show(&unit, "NRestarts")), (first.clone(), "0".to_owned()));

    // As stuck as can be.
    manager.run(&format!("kill -s STOP {first}"));
    manager.wait(&unit, "NRestarts", "1");
    manager.wait_state(&unit, "active (running)");
    assert_ne!(manager.show(&unit, "MainPID"), first);
    let log = manager.log();
    assert!(log.contains(&format!("{unit}: Watchdog timeout (limit 4s)!")), "{log}");
    assert!(log.contains(&format!("{unit}: Failed with result 'watchdog'.")), "{log}");

    manager.systemctl(&format!("stop {unit}"));
    assert_eq!(manager.state(&unit), "inactive (dead)");
    assert_eq!(manager.show(&unit, "Result"), "success");
}

/// What is sent first and last, which a manager does not show for long.
fn first_and_last_words(command: &mut Command) {
    let receiver = Receiver::abstract_name();
    let mut child =
        command.env("NOTIFY_SOCKET", receiver.address()).env_remove("WATCHDOG_USEC").spawn().expect("starts");
    let first = receiver.next().text();
    assert!(first.starts_with("READY=1"), "{first}");
    run(Command::new("kill").arg(child.id().to_string()));
    assert!(child.wait().expect("it ends").success());
    let last = std::iter::from_fn(|| (!receiver.is_empty()).then(|| receiver.next().text())).last();
    let last = last.expect("more than one message");
    assert_eq!(last.trim_end(), "STOPPING=1\nSTATUS=Stopping.");
}

#[test]
fn the_heartbeat_in_c() {
    let source = tree::top().join("examples/heartbeat/heartbeat.c");
    let program = program_with("libsdnotify libsdjournal", &[source.to_str().expect("UTF-8")]);
    first_and_last_words(&mut Command::new(&program));
    let settings = format!("ExecStart=\nExecStart={}\n", program.display());
    on_each(|manager| heartbeat(manager, "heartbeat-c", &settings));
}

/// A script for this machine's interpreter, in an environment where it finds its module and our library.
fn script(interpreter: &str, name: &str, unit: &str, environment: &[(&str, String)]) {
    let script = tree::top().join("examples/heartbeat").join(name);
    first_and_last_words(Command::new(interpreter).arg(&script).envs(environment.iter().cloned()));
    let environment: Vec<String> = environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let (script, environment) = (script.display(), environment.join(" "));
    let settings =
        format!("RootDirectory=@MACHINE@\nEnvironment={environment}\nExecStart=\nExecStart={interpreter} {script}\n");
    on_each(|manager| heartbeat(manager, unit, &settings));
}

fn library_path() -> (&'static str, String) {
    ("LD_LIBRARY_PATH", tree::installed().join("lib").display().to_string())
}

#[test]
fn the_heartbeat_in_perl() {
    let module = tree::top().join("target/perl-example");
    let _ = fs::remove_dir_all(&module);
    run(Command::new("cp").arg("-r").arg(tree::top().join("bindings/perl")).arg(&module));
    run(Command::new("/usr/bin/perl").arg("Makefile.PL").current_dir(&module));
    // What make(1) was told around this test is not meant for the module.
    run(Command::new("make").env_remove("MAKEFLAGS").current_dir(&module));
    let path = format!("{0}/lib:{0}/arch", module.join("blib").display());
    script("/usr/bin/perl", "heartbeat.pl", "heartbeat-perl", &[("PERL5LIB", path), library_path()]);
}

#[test]
fn the_heartbeat_in_python() {
    let path = tree::top().join("bindings/python/src").display().to_string();
    let environment = [("PYTHONPATH", path), ("PYTHONDONTWRITEBYTECODE", "1".to_owned()), library_path()];
    script("/usr/bin/python3", "heartbeat.py", "heartbeat-python", &environment);
}
