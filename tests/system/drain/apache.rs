//! Two nodes of Debian's Apache, with mod_status and a CGI program, set up as in examples/drain/apache.

use crate::load::Load;
use crate::on_machine;
use crate::site::{A, B, Node, example, packaged, replaced};
use sdnotify_tests::manager::Manager;
use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

/// What of the example the nodes have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Drain {
    No,
    /// The drop-in.
    Page,
    /// And 503 for all requests while the page is away.
    OutOfService,
}

/// Sets up both nodes and starts them.
pub fn start_nodes(manager: &Manager, drain: Drain) {
    for node in [&A, &B] {
        set_up(manager, node, drain);
        manager.systemctl(&format!("start {}", unit(node)));
        Load::start(manager, 1, &node.direct(), "/work?ms=1").wait_for(node.name);
    }
}

pub fn unit(node: &Node) -> String {
    format!("apache-{}.service", node.name)
}

fn set_up(manager: &Manager, node: &Node, drain: Drain) {
    let directory = manager.path(node.name);
    let dir = directory.display().to_string();
    for part in ["www", "apache"] {
        fs::create_dir_all(directory.join(part)).expect("a directory");
    }
    let put = |name: &str, text: &str| fs::write(directory.join(name), text).expect("a file");
    let fill_in = |text: &str| node.text(text, &dir).replace("@LOCAL@", node.local);
    put("www/status.txt", "in service\n");
    put("work", &fill_in(WORK));
    fs::set_permissions(directory.join("work"), Permissions::from_mode(0o755)).expect("permissions");
    put("apache/envvars", &fill_in(ENVVARS));
    put("apache/apache2.conf", &fill_in(CONFIG));
    let more = if drain == Drain::OutOfService { example("apache/out-of-service.conf") } else { String::new() };
    put("apache/more.conf", &more.replace("/var/www/html", &format!("{dir}/www")));
    let unit = unit(node);
    manager.units(&[
        (&unit, &packaged(manager, "apache2.service")),
        (&format!("{unit}.d/00-test.conf"), &fill_in(SETTINGS)),
    ]);
    if drain != Drain::No {
        let text = replaced(&example("apache/drain.conf"), "/usr/bin", "@TOP@/target/tree/bin");
        let text = replaced(&text, "/var/www/html", &format!("{dir}/www"));
        manager.units(&[(&format!("{unit}.d/drain.conf"), &replaced(&text, "127.0.0.1", node.local))]);
    }
}

const WORK: &str = r#"#!/bin/sh
ms=${QUERY_STRING#ms=}
sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
printf 'Content-Type: text/plain\n\n@NODE@ done\n'
"#;

const ENVVARS: &str = "export APACHE_RUN_DIR=@OWN@/apache/run APACHE_LOCK_DIR=@OWN@/apache/lock
export APACHE_RUN_USER=www-data APACHE_PID_FILE=@OWN@/apache/run/apache2.pid LANG=C
";

const CONFIG: &str = "ServerName node
PidFile ${APACHE_PID_FILE}
DefaultRuntimeDir ${APACHE_RUN_DIR}
User www-data
Group www-data
Listen @ADDRESS@:80
Listen @LOCAL@:80
ErrorLog @OWN@/apache/error.log
Include /etc/apache2/mods-available/mpm_event.load
Include /etc/apache2/mods-available/authz_core.load
Include /etc/apache2/mods-available/authz_host.load
Include /etc/apache2/mods-available/alias.load
Include /etc/apache2/mods-available/rewrite.load
Include /etc/apache2/mods-available/cgid.load
Include /etc/apache2/mods-available/cgid.conf
Include /etc/apache2/mods-available/status.load
Include /etc/apache2/mods-available/status.conf
DocumentRoot @OWN@/www
<Directory @OWN@>
        Require all granted
</Directory>
ScriptAlias /work @OWN@/work
Include @OWN@/apache/more.conf
";

// Debian's unit for several instances differs from this one by the directory of its configuration alone.
const SETTINGS: &str = "[Service]
Environment=APACHE_CONFDIR=@OWN@/apache
PrivateTmp=no
StandardError=append:@OWN@/drain.log
";

/// As long an answer is, and as fast it is read: it takes longer than the notice.
const LENGTH: usize = 40 << 20;
const PAUSE: Duration = Duration::from_millis(15);

/// Reads a long answer slowly; how much of it came.
fn download(address: &str) -> std::io::Result<usize> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /long HTTP/1.0\r\nHost: node\r\n\r\n")?;
    let (mut buffer, mut read) = (vec![0; 65536], 0);
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(read),
            n => read += n,
        }
        thread::sleep(PAUSE);
    }
}

#[test]
fn an_answer_to_a_slow_client_is_load() {
    on_machine(|manager| {
        start_nodes(manager, Drain::Page);
        fs::write(manager.path("a/www/long"), vec![b'x'; LENGTH]).expect("a file");
        let (network, address) = (manager.network(), A.direct());
        let client = thread::spawn(move || {
            network.enter();
            download(&address)
        });
        thread::sleep(Duration::from_millis(500));
        manager.systemctl(&format!("stop {}", unit(&A)));
        let read = client.join().expect("a client").expect("an answer");
        assert!(read > LENGTH, "{read} of {LENGTH} bytes: {}", A.log(manager));
        let log = A.log(manager);
        assert!(!log.contains("No load after 5 s"), "it was not slow enough: {log}");
    });
}
