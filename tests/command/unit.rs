//! `sdnotify run --unit`: the same unit files under systemd 252, 257 and 262.

use sdnotify_tests::command::{Running, field, sdnotify, texts};
use sdnotify_tests::left_out::left_out;
use sdnotify_tests::manager::{Manager, on_each};
use sdnotify_tests::tree::{self, Scratch};
use std::fs;
use std::path::Path;

/// Writes what it is run with to a file: where it is, its arguments, some of its environment, its user.
const PROBE: &str = r#"out=$1
shift
{
    pwd
    umask
    id -u
    id -g
    printf '<%s>\n' "$@"
    for name in A B C D E F G LISTEN_FDS LISTEN_FDNAMES USER HOME; do
        eval "[ -z \"\${$name+set}\" ] || printf '%s=%s\n' $name \"\$$name\""
    done
} > "$out.part"
mv "$out.part" "$out"
"#;

/// Units of which each makes a file `NAME.out`, and what goes with them; `@DIR@` is their directory.
const FILES: [(&str, &str); 12] = [
    (
        "words@a-b\\x2dc.service",
        "[Service]\nType=exec\nEnvironment=A=1 \"B=two 'more words'\" C=%i\nEnvironment=A=3\n\
         ExecStart=/bin/sh @DIR@/probe @DIR@/words.out \"a b\" 'c' \\x41 x\\sy $B ${B} \"${B}\" $$A ${NONE} $NONE x$A %i %I %p %n %N %% %f \\; ';'\n",
    ),
    (
        "files.service",
        "# comment\n[Unit]\nDescription=x\n\n[Service]\nType=exec\nEnvironmentFile=@DIR@/variables\nEnvironmentFile=-@DIR@/none\n\
         Environment=A=overridden G=\nUnsetEnvironment=F\nWorkingDirectory=@DIR@\nUMask=0027\n\
         ExecStart=/bin/sh @DIR@/probe \\\n# within\n  @DIR@/files.out \\\n  one\n",
    ),
    ("variables", "# comment\nA=plain  \nB='single $x'\nC=\"double \\\"x\\\"\"\nD=one \\\ntwo\nE=x # y\nF=f\n"),
    ("dropped.service", "[Service]\nType=exec\nEnvironment=A=1\nExecStart=/bin/false\n"),
    ("dropped.service.d/10-first.conf", "[Service]\nEnvironment=A=2\nEnvironment=B=2\n"),
    (
        "dropped.service.d/20-then.conf",
        "[Service]\nExecStart=\nExecStart=/bin/sh @DIR@/probe @DIR@/dropped.out\nEnvironment=B=3\n",
    ),
    ("dropped.service.d/30-not.other", "[Service]\nEnvironment=B=4\n"),
    ("templated@.service", "[Service]\nType=exec\nExecStart=:/bin/sh @DIR@/probe @DIR@/templated.out %i $A\n"),
    ("templated@.service.d/a.conf", "[Service]\nEnvironment=A=%i\n"),
    ("listening.service", "[Service]\nType=exec\nExecStart=/bin/sh @DIR@/probe @DIR@/listening.out\n"),
    (
        "listening.socket",
        "[Socket]\nListenStream=@DIR@/stream\nListenDatagram=@DIR@/datagram\nListenSequentialPacket=@%N/x\nFileDescriptorName=three\n",
    ),
    (
        "other.service",
        "[Service]\nType=exec\nUser=65534\nGroup=65534\nWorkingDirectory=/\nExecStart=/bin/sh @DIR@/probe @DIR@/open/other.out\n",
    ),
];

/// Those to start, and the files that they write.
const STARTED: [(&str, &str); 6] = [
    ("words@a-b\\x2dc.service", "words.out"),
    ("files.service", "files.out"),
    ("dropped.service", "dropped.out"),
    ("templated@in-stance.service", "templated.out"),
    ("listening.service", "listening.out"),
    ("other.service", "open/other.out"),
];

/// Lets everybody write to a directory below it, as one of the services is another user's.
fn open_directory(directory: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(directory.join("open")).expect("a directory");
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).expect("ours");
    fs::set_permissions(directory.join("open"), fs::Permissions::from_mode(0o777)).expect("ours");
}

/// What the units' files say, with the directory named as in the texts.
fn of_run(directory: &Path) -> Vec<String> {
    open_directory(directory);
    fs::write(directory.join("probe"), PROBE).expect("a file");
    let path = directory.to_str().expect("UTF-8");
    for (name, text) in FILES {
        let file = directory.join(name);
        fs::create_dir_all(file.parent().expect("a directory")).expect("a directory");
        fs::write(file, text.replace("@DIR@", path)).expect("a file");
    }
    let start = |(unit, out): (&str, &str)| {
        let mut command = sdnotify();
        command.args(["run", "--json", "--unit"]).arg(directory.join(unit));
        // A unit of the system manager has none of these.
        for name in ["A", "B", "C", "D", "E", "F", "G", "USER", "HOME", "NONE"] {
            command.env_remove(name);
        }
        let ended = Running::spawn(&mut command).finish();
        assert_eq!((unit, field(ended.end(), "result").as_str()), (unit, "success"), "{:#?}", ended.events);
        fs::read_to_string(directory.join(out)).unwrap_or_else(|error| panic!("{out}: {error}: {:#?}", ended.events))
    };
    STARTED.map(start).map(|text| text.replace(path, "@DIR@")).to_vec()
}

fn of_systemd(manager: &Manager) -> Vec<String> {
    open_directory(&manager.path(""));
    manager.file("probe", PROBE);
    manager.file("variables", FILES[2].1);
    manager.units(&FILES);
    STARTED
        .map(|(unit, out)| {
            let path = manager.path("").to_str().expect("UTF-8").trim_end_matches('/').to_owned();
            // A service that is started by hand gets only what listens already.
            if unit == "listening.service" {
                manager.systemctl("start listening.socket");
            }
            manager.systemctl(&format!("start '{unit}'"));
            manager.poll(out, || manager.path(out).exists());
            fs::read_to_string(manager.path(out)).expect("written").replace(&path, "@DIR@")
        })
        .to_vec()
}

#[test]
fn the_same_arguments_environment_and_sockets() {
    if !tree::is_root() {
        let name = "unit::the_same_arguments_environment_and_sockets";
        return left_out(name, "needs root, for a service of another user");
    }
    let scratch = Scratch::new("unit");
    let ours = of_run(scratch.dir());
    on_each(|manager| {
        for ((unit, _), (ours, theirs)) in STARTED.iter().zip(ours.iter().zip(of_systemd(manager))) {
            // The system manager gives a service its own home and user where it is root's.
            let without = |text: &str| {
                let lines = text.lines().filter(|line| {
                    *unit == "other.service" || !line.starts_with("HOME=") && !line.starts_with("USER=")
                });
                lines.map(|line| format!("{line}\n")).collect::<String>()
            };
            assert_eq!((*unit, manager.version, without(ours)), (*unit, manager.version, without(&theirs)));
        }
    });
}

/// Every setting of these systemds is known, and none is mistaken for a typing error.
#[test]
fn all_settings_are_known() {
    on_each(|manager| {
        let items =
            manager.run("PATH=/usr/lib/systemd:/lib/systemd:$PATH; systemd --dump-configuration-items 2> /dev/null");
        let mut wanted = false;
        let mut unit = String::new();
        let mut count = 0;
        for line in items.lines() {
            if line.starts_with('[') {
                wanted = ["[Unit]", "[Service]"].contains(&line);
                if wanted {
                    unit += &format!("{line}\n");
                }
            } else if let (true, Some((name, _))) = (wanted, line.split_once('=')) {
                unit += &format!("{name}=\n");
                count += 1;
            }
        }
        assert!(count > 300, "{count} settings");
        let scratch = Scratch::new("known");
        let file = scratch.path("all.service");
        fs::write(&file, unit + "[Service]\nType=exec\nExecStart=/bin/true\n").expect("a file");
        let ended = Running::spawn(sdnotify().args(["run", "--json", "--unit"]).arg(&file)).finish();
        assert!(!ended.texts().contains("unknown"), "{}: {}", manager.version, ended.texts());
        assert!(ended.texts().contains("ProtectSystem=: not emulated by run"), "{}", ended.texts());
        assert!(!ended.texts().contains("no such value"), "{}: {}", manager.version, ended.texts());
    });
}

/// The command line goes before the unit, and what is wrong with a file is said with its place.
#[test]
fn options_and_remarks() {
    let scratch = Scratch::new("remarks");
    let file = scratch.path("my.service");
    let text = "[Service]\nType=notify\nExecStart=/bin/false\nRestrat=no\nRestart=maybe\nnonsense\nProtectHome=yes\n";
    fs::write(&file, text).expect("a file");
    let mut command = sdnotify();
    command.args(["run", "--json", "--type", "exec", "--unit"]).arg(&file).args(["--", "sh", "-c", "exit 7"]);
    let ended = Running::spawn(&mut command).finish();
    assert_eq!((ended.history().as_str(), ended.status.code()), ("start running failed", Some(7)));
    let path = file.display();
    for remark in [
        format!("{path}:4: unknown setting Restrat= in section [Service], ignoring it (did you mean Restart=?)"),
        format!("{path}:5: Restart=maybe: no such value, ignoring it"),
        format!("{path}:6: no = in the line, ignoring it: nonsense"),
        "ProtectHome=: not emulated by run".into(),
    ] {
        assert!(ended.texts().lines().any(|line| line == remark), "{remark}: {}", ended.texts());
    }
}

#[test]
fn units_that_systemd_refuses_or_run_cannot_emulate() {
    let scratch = Scratch::new("refused");
    let cases = [
        ("[Service]\n", "the unit has no ExecStart=, and no COMMAND is given"),
        ("[Service]\nExecStart=/bin/a\nExecStart=/bin/b\n", ":3: more than one ExecStart="),
        ("[Service]\nExecStart='/bin/a\n", ":2: ExecStart=: unbalanced quotes"),
        ("[Service]\nType=oneshot\nExecStart=/bin/true\n", ":2: Type=oneshot: not emulated by run"),
        ("[Service]\nUser=no-such-user\nExecStart=/bin/true\n", "User=no-such-user: no such user"),
        (
            "[Service]\nEnvironmentFile=/nonexistent\nExecStart=/bin/true\n",
            "EnvironmentFile=/nonexistent: No such file",
        ),
    ];
    for (text, problem) in cases {
        let file = scratch.path("x.service");
        fs::write(&file, text).expect("a file");
        let output = sdnotify().args(["run", "--unit"]).arg(&file).output().expect("sdnotify");
        let (stdout, stderr) = texts(&output);
        assert_eq!(
            (output.status.code(), stdout.as_str(), stderr.lines().count()),
            (Some(2), "", 1),
            "{text}: {stderr}"
        );
        assert!(stderr.contains(problem), "{text}: {stderr}");
    }
    for arguments in [&["/nonexistent.service"][..], &["a.timer"], &["a.socket"], &["a.service", "--unit", "b.service"]]
    {
        let output = sdnotify().args(["run", "--unit"]).args(arguments).output().expect("sdnotify");
        assert_eq!((output.status.code(), texts(&output).1.lines().count()), (Some(2), 1), "{arguments:?}");
    }
}

/// A directory that is not there is said to be the reason.
#[test]
fn no_such_directory() {
    let scratch = Scratch::new("directory");
    let file = scratch.path("x.service");
    for (directory, status) in [("/nonexistent", Some(127)), ("-/nonexistent", Some(0))] {
        let text = format!("[Service]\nType=exec\nWorkingDirectory={directory}\nExecStart=/bin/true\n");
        fs::write(&file, text).expect("a file");
        let ended = Running::spawn(sdnotify().args(["run", "--json", "--unit"]).arg(&file)).finish();
        assert_eq!(ended.status.code(), status, "{:#?}", ended.events);
        let told = ended.texts().contains("Failed to change to directory /nonexistent for /bin/true: No such file");
        assert_eq!(told, status != Some(0), "{}", ended.texts());
    }
}
