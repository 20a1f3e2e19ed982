//! `sdnotify use`, on real service managers: a unit runs on our library afterwards, and on systemd's again after
//! `--revert`; or nothing is changed, and the reason is said.

use sdnotify_tests::left_out::left_out;
use sdnotify_tests::manager::{Manager, Outcome, on_each, on_these};
use sdnotify_tests::release::Release;
use sdnotify_tests::tree::{self, Scratch, run};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const SERVICE: &str = "#include <systemd/sd-daemon.h>\n#include <unistd.h>\n\
    int main(void) { sd_notify(0, \"READY=1\"); for (;;) pause(); }";
const BUS: &str = "#include <systemd/sd-bus.h>\nint main(void) { return sd_bus_default(0); }";

/// Programs that are linked to systemd's own library.
fn programs(directory: &Path) {
    for (name, source) in [("service", SERVICE), ("bus", BUS)] {
        let text = directory.join(format!("{name}.c"));
        std::fs::write(&text, source).expect("a source");
        run(Command::new("cc").arg("-o").arg(directory.join(name)).arg(&text).arg("-lsystemd"));
    }
    let copy = |name: &str| {
        std::fs::copy(directory.join("service"), directory.join(name)).expect("a copy");
        directory.join(name)
    };
    std::fs::set_permissions(copy("setuid"), Permissions::from_mode(0o4755)).expect("root's");
    // CAP_NET_BIND_SERVICE, permitted and effective; as setcap(8) writes it.
    let capability = "import os, struct, sys\n\
        os.setxattr(sys.argv[1], 'security.capability', struct.pack('<5I', 0x02000001, 1 << 10, 0, 0, 0))";
    run(Command::new("python3").arg("-c").arg(capability).arg(copy("capable")));
    let script = directory.join("script");
    std::fs::write(&script, format!("#!/bin/sh\nexec {}\n", directory.join("service").display())).expect("a script");
    std::fs::set_permissions(script, Permissions::from_mode(0o755)).expect("ours");
}

fn use_unit(manager: &Manager, arguments: &str) -> Outcome {
    manager.sh(&format!("{}/bin/sdnotify use {arguments}", tree::installed().display()))
}

/// The files by the name of libsystemd.so.0 in a unit's main process.
fn library(manager: &Manager, unit: &str) -> String {
    manager.systemctl(&format!("restart {unit}"));
    let maps = manager.run(&format!("cat /proc/$($SD_CTL show --value -p MainPID {unit})/maps"));
    let mut files: Vec<_> = maps.lines().filter_map(|line| line.find('/').map(|start| &line[start..])).collect();
    files.retain(|file| file.contains("/libsystemd.so.0"));
    files.sort_unstable();
    files.dedup();
    files.join(" ")
}

/// All drop-ins of a unit, as the manager and as the directory have them.
fn drop_ins(manager: &Manager, unit: &str) -> (String, String) {
    let files = manager.run(&format!("ls -A \"$SD_UNITS/{unit}.d\" 2> /dev/null || :"));
    (manager.show(unit, "DropInPaths"), files)
}

#[test]
fn a_unit_is_switched_over_and_back() {
    let ours = tree::installed().join("lib/libsdnotify/libsystemd.so.0").display().to_string();
    on_each(|manager| {
        programs(&manager.path(""));
        manager.units(&[
            ("plain.service", "[Service]\nType=notify\nExecStart=@DIR@/service\nEnvironment=A=1\n"),
            ("script.service", "[Service]\nType=notify\nExecStart=@DIR@/script\n"),
            ("many@.service", "[Service]\nType=notify\nExecStart=-@DIR@/service %i\nExecStop=-/bin/absent\n"),
            ("other.service", "[Service]\nType=notify\nExecStart=@DIR@/service\n"),
        ]);
        let service = manager.path("service").display().to_string();
        let runs = format!("--runs {service} script.service");
        for (unit, arguments) in
            [("plain.service", "plain"), ("script.service", runs.as_str()), ("many@one.service", "many@one")]
        {
            let theirs = library(manager, unit);
            assert!(theirs.contains("/libsystemd.so.0") && !theirs.contains(&ours), "{unit}: {theirs}");
            // Twice is as once.
            for _ in 0..2 {
                let done = use_unit(manager, arguments);
                assert_eq!(done.status, 0, "{unit}: {}", done.text);
                assert!(done.text.contains(&format!("{unit}: runs on {ours} from its next start")), "{}", done.text);
                assert!(done.text.contains(&format!("systemctl restart {unit}")), "{}", done.text);
            }
            assert_eq!(library(manager, unit), ours, "{unit}");
            assert_eq!(drop_ins(manager, unit).1, "zz-sdnotify.conf\n", "{unit}");
        }
        assert!(manager.show("plain.service", "Environment").starts_with("A=1 "));
        assert!(!library(manager, "other.service").contains(&ours), "no other unit is touched");

        for unit in ["plain.service", "script.service", "many@one.service"] {
            let done = use_unit(manager, &format!("--revert {unit}"));
            assert_eq!(done.status, 0, "{unit}: {}", done.text);
            assert!(!library(manager, unit).contains(&ours), "{unit}");
            assert_eq!(drop_ins(manager, unit), <(String, String)>::default(), "{unit}");
            manager.run(&format!("! test -e \"$SD_UNITS/{unit}.d\""));
            let again = use_unit(manager, &format!("--revert {unit}"));
            assert!(again.status == 1 && again.text.contains("no drop-in written by sdnotify use"), "{}", again.text);
        }
    });
}

/// Perl and Python, whose imports are followed; what they start is named by `--runs`, as with a shell.
#[test]
fn scripts_are_switched_by_what_they_import() {
    // Their modules are this machine's.
    let here = Release::at_hand().iter().filter(|release| release.root.is_none());
    let ours = tree::installed().join("lib/libsdnotify/libsystemd.so.0").display().to_string();
    on_these(here, |manager| {
        programs(&manager.path(""));
        let service = manager.path("service").display().to_string();
        for (name, text) in [
            (
                "python",
                "#!/usr/bin/python3\nimport signal\nfrom systemd import daemon\ndaemon.notify('READY=1')\n\
                signal.pause()\n",
            ),
            ("perl", "#!/usr/bin/env perl\nuse Linux::Systemd::Daemon 'sd_ready';\nsd_ready();\nsleep 1 while 1;\n"),
            ("reader", "#!/usr/bin/python3\nfrom systemd import journal\n"),
            (
                "computed",
                "#!/usr/bin/python3\nimport importlib, signal, sys\nfrom systemd import daemon\n\
                importlib.import_module(sys.argv[1])\ndaemon.notify('READY=1')\nsignal.pause()\n",
            ),
            ("starter", &format!("#!/usr/bin/perl\nexec '{service}';\n")),
        ] {
            manager.file(name, text);
            manager.run(&format!("chmod +x {name}"));
            let unit = format!("[Service]\nType=notify\nExecStart=@DIR@/{name} json\n");
            manager.units(&[(&format!("{name}.service"), &unit)]);
        }
        let starter = format!("--runs {service} starter");
        for (unit, arguments) in
            [("python", "python"), ("perl", "perl"), ("computed", "computed"), ("starter", starter.as_str())]
        {
            let done = use_unit(manager, arguments);
            assert_eq!(done.status, 0, "{unit}: {}", done.text);
            assert_eq!(library(manager, unit), ours, "{unit}");
            let remark = done.text.contains(&format!("/{unit} imports by names that cannot be seen"));
            assert_eq!(remark, unit == "computed", "{unit}: {}", done.text);
        }
        for (unit, reason) in [
            ("reader", "/reader: not covered: missing sd_"),
            ("starter --runs /bin/true", "none of its programs is linked against libsystemd"),
        ] {
            manager.run("rm -rf \"$SD_UNITS/starter.service.d\"; $SD_CTL daemon-reload");
            let done = use_unit(manager, unit);
            assert!(done.status == 1 && done.text.contains(reason), "{unit}: {}", done.text);
        }
    });
}

/// The drop-in is removed also where the unit has gone in the meantime.
#[test]
fn reverted_without_its_unit() {
    on_each(|manager| {
        programs(&manager.path(""));
        manager.units(&[("gone.service", "[Service]\nExecStart=@DIR@/service\n")]);
        assert_eq!(use_unit(manager, "gone").status, 0);
        manager.run("rm \"$SD_UNITS/gone.service\" && $SD_CTL daemon-reload");
        let done = use_unit(manager, "--revert gone");
        assert_eq!(done.status, 0, "{}", done.text);
        manager.run("! test -e \"$SD_UNITS/gone.service.d\"");
    });
}

#[test]
fn refused_with_the_reason() {
    let own = "Environment=LD_LIBRARY_PATH=/opt/lib\n";
    let cases: [(&str, &str, &str); 15] = [
        ("stops", "Type=oneshot\nRemainAfterExit=yes\nExecStop=/bin/true\n", "none of its programs is linked"),
        ("nothing", "Type=oneshot\nRemainAfterExit=no\n", "could not load the unit (bad-setting)"),
        ("script", "ExecStart=@DIR@/script\n", "ExecStart=@DIR@/script: is a script"),
        ("shell", "ExecStart=/bin/sh -c @DIR@/service\n", "none of its programs is linked against libsystemd"),
        ("bus", "ExecStart=@DIR@/bus\n", "not covered: missing sd_bus_default@LIBSYSTEMD_221"),
        ("reload", "ExecStart=@DIR@/service\nExecReload=@DIR@/bus\n", "ExecReload=@DIR@/bus: not covered"),
        ("absent", "ExecStart=@DIR@/absent\n", "ExecStart=@DIR@/absent: "),
        ("setuid", "ExecStart=@DIR@/setuid\n", "is setuid or setgid, so the loader ignores LD_LIBRARY_PATH"),
        ("capable", "ExecStart=@DIR@/capable\n", "has file capabilities, so"),
        (
            "root",
            "ExecStart=@DIR@/service\nRootDirectory=/srv\n",
            "RootDirectory=/srv: the unit's root directory does not",
        ),
        ("own", &format!("ExecStart=@DIR@/service\n{own}"), "it already sets LD_LIBRARY_PATH=/opt/lib"),
        ("file", "ExecStart=@DIR@/service\nEnvironmentFile=@DIR@/env\n", "EnvironmentFile=@DIR@/env already sets"),
        ("unset", "ExecStart=@DIR@/service\nUnsetEnvironment=LD_LIBRARY_PATH\n", "UnsetEnvironment= removes"),
        ("late", "ExecStart=@DIR@/service\n", "a later drop-in sets LD_LIBRARY_PATH=/opt/lib"),
        ("emptied", "ExecStart=@DIR@/service\n", "a later one clears Environment="),
    ];
    on_each(|manager| {
        programs(&manager.path(""));
        manager.file("env", "A=1\nLD_LIBRARY_PATH=/opt/lib\n");
        let texts = cases.map(|(name, text, _)| (format!("{name}.service"), format!("[Service]\n{text}")));
        let units: Vec<_> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        manager.units(&units);
        let late = format!("[Service]\n{own}");
        manager.units(&[("emptied.service.d/zzz.conf", "[Service]\nEnvironment=\n")]);
        for (name, _, reason) in cases {
            if name == "late" {
                // The manager keeps what it knows of a unit that runs, and learns of this together with our drop-in.
                manager.systemctl("start late.service");
                manager.file("late.conf", &late);
                manager.run("mkdir \"$SD_UNITS/late.service.d\"; cp late.conf \"$SD_UNITS/late.service.d/zzz.conf\"");
            }
            let before = manager.run(&format!("ls -lA \"$SD_UNITS/{name}.service.d\" 2> /dev/null || :"));
            let done = use_unit(manager, name);
            let reason = manager.fill_in(reason);
            assert_eq!(done.status, 1, "{name}: {}", done.text);
            assert!(done.text.starts_with(&format!("sdnotify: {name}.service: ")), "{}", done.text);
            assert!(done.text.contains(&reason) && done.text.lines().count() == 1, "{name}: {}", done.text);
            let after = manager.run(&format!("ls -lA \"$SD_UNITS/{name}.service.d\" 2> /dev/null || :"));
            assert_eq!(before, after, "{name}: nothing is left");
            assert!(!manager.show(name, "DropInPaths").contains("zz-sdnotify"), "{name}");
        }
    });
}

#[test]
fn what_is_not_to_be_written() {
    on_each(|manager| {
        programs(&manager.path(""));
        let text = "[Service]\nExecStart=@DIR@/service\n";
        manager.units(&[("a.service", text), ("b.service", text), ("c.service", text)]);
        manager.units(&[("b.service.d/zz-sdnotify.conf", "[Service]\nNice=1\n")]);
        let sdnotify = format!("{}/bin/sdnotify", tree::installed().display());

        let read_only = "mount --bind \"$SD_UNITS\" \"$SD_UNITS\"; mount -o remount,bind,ro \"$SD_UNITS\"";
        let done = manager.sh(&format!("unshare --mount sh -c '{read_only}; {sdnotify} use a'"));
        assert_eq!(done.status, 1, "{}", done.text);
        assert!(done.text.contains("a.service.d: Read-only file system; --runtime writes below /run"), "{}", done.text);

        for revert in ["", "--revert"] {
            let done = use_unit(manager, &format!("{revert} b"));
            assert!(
                done.status == 1 && done.text.contains("not written by sdnotify use; left as it is"),
                "{}",
                done.text
            );
        }
        assert_eq!(manager.show("b.service", "Nice"), "1");

        // A place that this manager does not read.
        let done = manager.sh(&format!("env -u SYSTEMD_UNIT_PATH {sdnotify} use --runtime c"));
        assert!(done.status == 1 && done.text.contains("the manager does not read the drop-in"), "{}", done.text);
        manager.run("! test -e /run/systemd/system/c.service.d");

        for (unit, reason) in [("absent", "no such unit"), ("c@.service", "name an instance"), ("../c", "not the name")]
        {
            let done = use_unit(manager, unit);
            assert!(done.status > 0 && done.text.contains(reason), "{unit}: {}", done.text);
        }
        let done = use_unit(manager, "--library /usr/lib c");
        assert!(
            done.status == 1 && done.text.contains("no libsystemd.so.0 for the program's architecture"),
            "{}",
            done.text
        );
        manager.run("ln -sf /dev/null \"$SD_UNITS/c.service\" && $SD_CTL daemon-reload");
        let done = use_unit(manager, "c");
        assert!(done.status == 1 && done.text.contains("the unit is masked"), "{}", done.text);
    });
}

#[test]
fn a_unit_of_the_users_manager() {
    if !tree::is_root() {
        return left_out("use_unit::a_unit_of_the_users_manager", "needs root, for a service manager");
    }
    let scratch = Scratch::new("use-user");
    programs(scratch.dir());
    let script = r#"
        printf '[Service]\nType=notify\nExecStart=%s/service\n' "$PWD" > "$SD_UNITS/mine.service"
        $SD_CTL daemon-reload
        "$0" use --user mine
        $SD_CTL start mine
        cat /proc/$($SD_CTL show --value -p MainPID mine)/maps | grep -o '/.*/libsystemd\.so\.0$' | sort -u
        "$0" use --user --revert mine"#;
    let mut command = Command::new(tree::top().join("tests/support/with-systemd"));
    command.arg("-d").arg(scratch.dir()).arg("-d").arg(tree::top()).args(["sh", "-euc", script]);
    let said = run(command.arg(tree::installed().join("bin/sdnotify")));
    let lines: Vec<_> = said.lines().collect();
    let [switched, library, reverted] = lines.as_slice() else { panic!("{said}") };
    assert!(switched.contains("(systemctl --user restart mine.service)"), "{switched}");
    assert_eq!(Path::new(library), tree::installed().join("lib/libsdnotify/libsystemd.so.0"));
    assert!(reverted.starts_with("mine.service: runs on systemd's library"), "{reverted}");
}
