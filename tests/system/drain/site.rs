//! Two nodes behind a balancer, on one manager: HAProxy, nginx and php-fpm as Debian has them, set up as in
//! examples/drain/. A node is php-fpm and its own nginx.

use crate::load::Load;
use sdnotify_tests::manager::Manager;
use sdnotify_tests::tree;
use std::fs;

pub const BALANCER: &str = "127.0.0.1:80";

/// A node: its name, and the addresses that the examples' 192.0.2.x and 127.0.0.1 stand for.
pub struct Node {
    pub name: &'static str,
    pub address: &'static str,
    pub local: &'static str,
}

pub const A: Node = Node { name: "a", address: "127.0.1.1", local: "127.0.2.1" };
pub const B: Node = Node { name: "b", address: "127.0.1.2", local: "127.0.2.2" };

impl Node {
    /// Its php-fpm.
    pub fn unit(&self) -> String {
        format!("php-{}.service", self.name)
    }

    /// Its nginx, past the balancer.
    pub fn direct(&self) -> String {
        format!("{}:80", self.address)
    }

    /// What its stop helper has logged.
    pub fn log(&self, manager: &Manager) -> String {
        fs::read_to_string(manager.path(self.name).join("drain.log")).unwrap_or_default()
    }

    /// Whether its status page is where the balancer finds it.
    pub fn has_page(&self, manager: &Manager) -> bool {
        manager.path(self.name).join("www/status.php").exists()
    }
}

/// Sets up nodes and balancer, and starts them. The drain drop-in is the example's, with texts replaced by others;
/// without that there is none.
pub fn start(manager: &Manager, drain: Option<&[(&str, &str)]>) {
    start_nodes(manager, drain);
    start_haproxy(manager, &[]);
}

/// Both nodes without a balancer, which would tell its first clients if it found nobody.
pub fn start_nodes(manager: &Manager, drain: Option<&[(&str, &str)]>) {
    start_node(manager, &A, drain);
    start_node(manager, &B, drain);
}

/// HAProxy with the example's configuration, with texts replaced by others.
pub fn start_haproxy(manager: &Manager, changes: &[(&str, &str)]) {
    let config = example("haproxy/haproxy.cfg");
    let config = changes.iter().fold(config, |text, (from, to)| replaced(&text, from, to));
    let config = config.replace("@DIR@", &manager.path("").display().to_string());
    let config = replaced(&config, "bind :80", &format!("bind {BALANCER}"));
    let config = replaced(&config, "192.0.2.1", A.address);
    fs::write(manager.path("haproxy.cfg"), replaced(&config, "192.0.2.2", B.address)).expect("a file");
    let settings = "[Service]
Environment=CONFIG=@DIR@/haproxy.cfg
Environment=LD_LIBRARY_PATH=@TOP@/target/tree/lib/libsdnotify
BindReadOnlyPaths=
";
    let packaged = packaged(manager, "haproxy.service");
    manager.units(&[("haproxy.service", &packaged), ("haproxy.service.d/test.conf", settings)]);
    manager.systemctl("start haproxy.service");
}

/// One node without a balancer.
pub fn start_alone(manager: &Manager, node: &Node, drain: &[(&str, &str)]) {
    start_node(manager, node, Some(drain));
}

fn start_node(manager: &Manager, node: &Node, drain: Option<&[(&str, &str)]>) {
    set_up(manager, node, drain);
    manager.systemctl(&format!("start web-{}.service {}", node.name, node.unit()));
    Load::start(manager, 1, &node.direct(), "/work.php").wait_for(node.name);
}

fn set_up(manager: &Manager, node: &Node, drain: Option<&[(&str, &str)]>) {
    let directory = manager.path(node.name);
    let dir = directory.display().to_string();
    fs::create_dir_all(directory.join("www")).expect("a directory");
    let put = |name: &str, text: &str| fs::write(directory.join(name), text).expect("a file");
    put("www/status.php", &example("status.php"));
    put("www/work.php", include_str!("work.php"));
    put("pool.conf", &replaced(&example("php-fpm/pool.conf"), "127.0.0.1", node.local));
    put("fpm.conf", &node.text(FPM, &dir));
    let status = replaced(&example("nginx/fpm-status.conf"), "include ", "include /etc/nginx/");
    put("fpm-status.conf", &replaced(&status, "127.0.0.1", node.local));
    put("nginx.conf", &node.text(NGINX, &dir));

    let fpm = packaged(manager, "php*-fpm.service");
    let library = replaced(&example("php-fpm/libsdnotify.conf"), "/usr/local/lib", "@TOP@/target/tree/lib");
    let program = manager.run("echo /usr/sbin/php-fpm*");
    let (unit, web) = (node.unit(), format!("web-{}.service", node.name));
    manager.units(&[
        (&unit, &fpm),
        (&format!("{unit}.d/libsdnotify.conf"), &library),
        (&format!("{unit}.d/00-test.conf"), &node.text(FPM_SETTINGS, &dir).replace("@FPM@", program.trim())),
        (&web, &node.text(NGINX_UNIT, &dir)),
    ]);
    if let Some(changes) = drain {
        let text = replaced(&example("php-fpm/drain.conf"), "/usr/bin", "@TOP@/target/tree/bin");
        let text = replaced(&text, "/var/www/html", &format!("{dir}/www"));
        let text = replaced(&text, "127.0.0.1", node.local);
        let change =
            |text: String, (from, to): &(&str, &str)| replaced(&text, &node.text(from, &dir), &node.text(to, &dir));
        let text = changes.iter().fold(text, change);
        manager.units(&[(&format!("{unit}.d/drain.conf"), &text)]);
    }
}

impl Node {
    /// Fills in its name, its address and its directory.
    pub fn text(&self, text: &str, dir: &str) -> String {
        text.replace("@NODE@", self.name).replace("@ADDRESS@", self.address).replace("@OWN@", dir)
    }
}

const FPM: &str = "[global]
error_log = @OWN@/fpm.log
systemd_interval = 4
include = @OWN@/pool.conf
[www]
user = www-data
group = www-data
listen = @ADDRESS@:9000
pm = static
pm.max_children = 10
env[NODE] = @NODE@
";

// The socket helper manages a link in /run/php that two nodes would share. The example's drop-ins come after this one.
const FPM_SETTINGS: &str = "[Service]
ExecStart=
ExecStart=@FPM@ --nodaemonize --fpm-config @OWN@/fpm.conf
ExecStartPost=
ExecStopPost=
StandardError=append:@OWN@/drain.log
";

const NGINX_UNIT: &str = "[Service]
Type=exec
ExecStart=/usr/sbin/nginx -e stderr -c @OWN@/nginx.conf -g 'daemon off;'
StandardError=append:@OWN@/nginx.log
";

const NGINX: &str = "user www-data;
worker_processes 1;
pid @OWN@/nginx.pid;
error_log stderr;
events {}
http {
        access_log off;
        client_body_temp_path @OWN@/body;
        proxy_temp_path @OWN@/proxy;
        fastcgi_temp_path @OWN@/fastcgi;
        uwsgi_temp_path @OWN@/uwsgi;
        scgi_temp_path @OWN@/scgi;
        include @OWN@/fpm-status.conf;
        server {
                listen @ADDRESS@:80;
                root @OWN@/www;
                include @OWN@/*.server;
                location ~ \\.php$ {
                        include /etc/nginx/fastcgi_params;
                        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
                        fastcgi_pass @ADDRESS@:9000;
                }
        }
}
";

pub fn example(name: &str) -> String {
    let file = tree::top().join("examples/drain").join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A unit file as the package has it.
pub fn packaged(manager: &Manager, name: &str) -> String {
    manager.run(&format!("cat /lib/systemd/system/{name}"))
}

/// A text must be there to be replaced: what a user would change by hand.
pub fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from:?} in:\n{text}");
    text.replace(from, to)
}
