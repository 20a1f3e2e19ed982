use super::*;
use std::path::PathBuf;

const SHOWN: &str = "\
ExecStartPre={ path=/bin/a b ; argv[]=/bin/a b ; ignore_errors=no ; start_time=[n/a] }
ExecStart={ path=/usr/bin/redis-server ; argv[]=/usr/bin/redis-server { path=/x ; argv[]=y } ; ignore_errors=no }
EnvironmentFiles=/etc/default/one (ignore_errors=yes)
EnvironmentFiles=/etc/a (ignore_errors=no
Environment=A=1 \"B=2 3\" LD_LIBRARY_PATH=/opt/lib
UnsetEnvironment=
RootDirectory=
ProtectHome=yes
PrivateTmp=no
Id=redis-server.service
LoadState=loaded
DropInPaths=/etc/x.d/a.conf /etc/x.d/zz-sdnotify.conf
";

const OURS: &str = "/usr/lib/x/libsdnotify";

fn unit() -> Unit {
    Unit { protect_home: "no".into(), private_tmp: "no".into(), ..Unit::default() }
}

#[test]
fn what_systemctl_shows() {
    let unit = Unit::parse(SHOWN);
    let programs = [("ExecStartPre", "/bin/a b"), ("ExecStart", "/usr/bin/redis-server")];
    assert_eq!(unit.programs, programs.map(|(line, path)| (line.to_owned(), PathBuf::from(path))));
    assert_eq!(unit.environment_files, ["/etc/default/one", "/etc/a"]);
    assert_eq!((unit.id.as_str(), unit.load_state.as_str()), ("redis-server.service", "loaded"));
    assert_eq!(unit.variable("LD_LIBRARY_PATH").as_deref(), Some("/opt/lib"));
    assert_eq!(unit.variable("B").as_deref(), Some("2"));
    assert_eq!(unit.variable("LD"), None);
    assert_eq!(unit.drop_ins.len(), 2);
}

#[test]
fn names_of_services() {
    for (given, name) in [("a", "a.service"), ("a@b", "a@b.service"), ("x-1.service", "x-1.service")] {
        assert_eq!(manager::service_name(given).as_deref(), Ok(name));
    }
    for given in
        ["", ".service", "../a.service", "a/b", "a.socket", "a@", "a@.service", "-H", "a b", "a\n.service", "*"]
    {
        assert!(manager::service_name(given).is_err(), "{given:?}");
    }
}

#[test]
fn what_keeps_the_library_from_a_unit() {
    assert_eq!(obstacle(&unit(), OURS, false), None);
    let own = |value: &str| Unit { environment: format!("LD_LIBRARY_PATH={value}"), ..unit() };
    assert!(obstacle(&own("/opt"), OURS, false).is_some());
    assert_eq!(obstacle(&own("/opt"), OURS, true), None, "it is an older drop-in of ours");
    assert_eq!(obstacle(&own(OURS), OURS, false), None);
    let unset = |words: &str| Unit { unset_environment: words.into(), ..unit() };
    assert!(obstacle(&unset("A LD_LIBRARY_PATH"), OURS, false).is_some());
    assert_eq!(obstacle(&unset("A LD_LIBRARY_PATHS"), OURS, false), None);
    assert!(obstacle(&Unit { root_directory: "/srv".into(), ..unit() }, OURS, false).is_some());
    assert!(obstacle(&Unit { root_image: "/i.raw".into(), ..unit() }, OURS, false).is_some());
    let home = |how: &str| Unit { protect_home: how.into(), ..unit() };
    assert!(obstacle(&home("tmpfs"), "/home/me/lib/libsdnotify", false).is_some());
    assert_eq!(obstacle(&home("read-only"), "/home/me/lib/libsdnotify", false), None);
    assert_eq!(obstacle(&home("yes"), OURS, false), None);
    assert!(obstacle(&Unit { private_tmp: "yes".into(), ..unit() }, "/tmp/lib", false).is_some());
}

#[test]
fn whether_it_takes_effect() {
    let with = |environment: &str| Unit { environment: environment.into(), ..unit() };
    assert_eq!(takes_effect(&with(&format!("A=1 LD_LIBRARY_PATH={OURS} B=2")), OURS), Ok(()));
    assert!(takes_effect(&with("LD_LIBRARY_PATH=/opt"), OURS).is_err());
    assert!(takes_effect(&with("A=1"), OURS).is_err());
}
