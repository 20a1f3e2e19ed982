//! Whole units.

use super::service::{Directory, EnvironmentFile, Service};
use super::socket::{Kind, Listen};
use super::specifier::Specifiers;
use super::*;
use crate::args::run::{KillMode, NotifyAccess, Restart, Type};
use crate::service::GoodEnd;
use crate::timespan::Timespan;
use proptest::prelude::*;
use std::time::Duration;

fn specifiers() -> Specifiers {
    Specifiers::new("web@8080.service", vec![(b't', b"/run".to_vec())])
}

fn read(text: &str) -> (std::result::Result<Service, String>, Vec<String>) {
    let mut remarks = Remarks::default();
    let assignments = remarks.read("x", text.as_bytes());
    let service = service::read(&assignments, &specifiers(), &mut remarks);
    (service, remarks.into_lines())
}

#[test]
fn a_service() {
    let (service, remarks) = read(
        "[Unit]\nDescription=The web\nStartLimitBurst=3\nStartLimitIntervalSec=1min\n[Service]\nType=notify-reload\n\
         ExecStart=/bin/web --port %i\nWatchdogSec=10\nTimeoutSec=5\nTimeoutStopSec=infinity\nRestart=on-failure\n\
         RestartSec=100ms\nNotifyAccess=all\nKillMode=mixed\nKillSignal=RTMIN+3\nWatchdogSignal=TERM\nReloadSignal=USR1\n\
         SuccessExitStatus=143 TERM\nFileDescriptorStoreMax=7\nPIDFile=%t/%p.pid\nEnvironment=A=1 \"B=%i x\"\n\
         Environment=A=2\nEnvironmentFile=-/etc/%p\nUnsetEnvironment=C D=1\nWorkingDirectory=-~\nUser=web\nGroup=%p\n\
         UMask=027\nSockets=a.socket b.socket\n[Install]\nWantedBy=multi-user.target\n[X-Mine]\nA=1\n",
    );
    let service = service.expect("good");
    assert_eq!(remarks, Vec::<String>::new());
    assert_eq!(service.kind, Some(Type::NotifyReload));
    assert_eq!(service.command.map(|command| command.arguments.len()), Some(3));
    let seconds = |seconds| Some(Timespan(Some(Duration::from_secs(seconds))));
    assert_eq!(
        (service.watchdog, service.start_timeout, service.stop_timeout),
        (seconds(10), seconds(5), Some(Timespan(None)))
    );
    assert_eq!((service.start_limit_burst, service.start_limit_interval), (Some(3), seconds(60)));
    assert_eq!((service.restart, service.notify_access), (Some(Restart::OnFailure), Some(NotifyAccess::All)));
    assert_eq!((service.kill_mode, service.watchdog_signal), (Some(KillMode::Mixed), Some(15)));
    assert_eq!(service.good_ends, [GoodEnd::Code(143), GoodEnd::Signal(15)]);
    assert_eq!(service.pid_file.as_deref(), Some("/run/web.pid"));
    assert_eq!(service.environment, [(b"B".to_vec(), b"8080 x".to_vec()), (b"A".to_vec(), b"2".to_vec())]);
    assert_eq!(service.environment_files, [EnvironmentFile { path: "/etc/web".into(), optional: true }]);
    assert_eq!(service.directory, Some(Directory { path: None, optional: true }));
    assert_eq!(
        (service.user.as_deref(), service.group.as_deref(), service.umask),
        (Some("web"), Some("web"), Some(0o27))
    );
    assert_eq!(service.sockets, ["a.socket", "b.socket"]);
}

#[test]
fn what_is_taken_back() {
    let (service, remarks) = read(
        "[Service]\nExecStart=/bin/a\nExecStart=\nExecStart=/bin/b\nWatchdogSec=5\nWatchdogSec=\nEnvironment=A=1\n\
         Environment=\nRestart=always\nRestart=\nUser=x\nUser=\nSuccessExitStatus=3\nSuccessExitStatus=\n",
    );
    let service = service.expect("good");
    assert_eq!(service.command.map(|command| command.path), Some(b"/bin/b".to_vec()));
    assert_eq!((service.watchdog, service.restart, service.user, service.environment.len()), (None, None, None, 0));
    assert_eq!((service.good_ends.len(), remarks), (0, vec![]));
}

#[test]
fn what_is_wrong_or_not_emulated() {
    let (service, remarks) = read(
        "[Unit]\nAfter=network.target\nAfter=x.service\n[Service]\nExecStart=!/bin/a\nRestart=maybe\nWatchDogSec=5\n\
         Restrat=no\nStartLimitAction=none\nListenStream=80\nFrobnicate=1\nProtectSystem=strict\nExecStartPre=/bin/true\n\
         WatchdogSec=soon\nKillSignal=FROB\nEnvironment=A B=1\n[Sevice]\nType=simple\n",
    );
    assert!(service.is_ok());
    assert_eq!(
        remarks,
        [
            "After=: not emulated by run",
            "x:5: ExecStart=!: the prefix is not emulated by run",
            "x:6: Restart=maybe: no such value, ignoring it",
            "x:7: unknown setting WatchDogSec= in section [Service], ignoring it (did you mean WatchdogSec=?)",
            "x:8: unknown setting Restrat= in section [Service], ignoring it (did you mean Restart=?)",
            "StartLimitAction=: not emulated by run",
            "x:10: unknown setting ListenStream= in section [Service], ignoring it (it belongs into [Socket])",
            "x:11: unknown setting Frobnicate= in section [Service], ignoring it",
            "ProtectSystem=: not emulated by run",
            "ExecStartPre=: not emulated by run",
            "x:14: WatchdogSec=soon: no such value, ignoring it",
            "x:15: KillSignal=FROB: no such value, ignoring it",
            "x:16: Environment=: not an assignment, ignoring it: A",
            "x:18: unknown section [Sevice], ignoring Type=",
        ]
    );
    for (text, problem) in [
        ("ExecStart=", ""),
        ("ExecStart=/bin/a ; /bin/b", "x:2: ExecStart=: several commands (;)"),
        ("ExecStart=/bin/a\nExecStart=/bin/b", "x:3: more than one ExecStart="),
        ("ExecStart='/bin/a", "x:2: ExecStart=: unbalanced quotes"),
    ] {
        let said = read(&format!("[Service]\n{text}\n")).0.map_or_else(|problem| problem, |_| String::new());
        assert!(said.starts_with(problem) && said.is_empty() == problem.is_empty(), "{text}: {said}");
    }
    assert!(read("[Service]\nType=oneshot\n").0.expect("good").other_kind.is_some());
}

#[test]
fn sockets() {
    let mut remarks = Remarks::default();
    let text = b"[Socket]\nListenStream=1\nListenStream=\nListenStream=%i\nListenDatagram=/run/x\n\
        ListenSequentialPacket=@y\nFileDescriptorName=web\nFileDescriptorName=a:b\nSocketMode=0600\nAccept=no\n";
    let assignments = remarks.read("x", text);
    let socket = socket::read(&assignments, &specifiers().of("web@8080.socket"), &mut remarks).expect("good");
    let listen = |kind, place: &str| Listen { kind, place: place.into() };
    let all = [listen(Kind::Stream, "8080"), listen(Kind::Datagram, "/run/x"), listen(Kind::SequentialPacket, "@y")];
    assert_eq!((socket.name.as_str(), socket.listen), ("web", all.to_vec()));
    let said = ["x:8: FileDescriptorName=a:b: no such value, ignoring it", "SocketMode=: not emulated by run"];
    assert_eq!(remarks.into_lines(), said);
    let accept = Remarks::default().read("x", b"[Socket]\nAccept=yes\n");
    assert!(socket::read(&accept, &specifiers(), &mut Remarks::default()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_file_is_read_or_refused(lines in prop::collection::vec(
        "(Type|ExecStart|Restart|WatchdogSec|Environment|EnvironmentFile|User|UMask|PIDFile|Sockets|Frob)=[-a-z0-9%'\"\\\\$=/ ]{0,12}|\\PC{0,12}",
        0..8,
    )) {
        let (service, remarks) = read(&format!("[Service]\n{}", lines.join("\n")));
        // Everything that was ignored is named.
        if let Ok(service) = service {
            prop_assert!(remarks.len() <= lines.len() * 3);
            prop_assert!(service.command.is_none() || lines.iter().any(|line| line.contains("ExecStart")));
        }
    }
}
