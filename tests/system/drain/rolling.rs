//! Rolling restarts of both nodes behind each kind of balancer, under a constant load. Every request is answered.

use crate::apache::{self, Drain};
use crate::load::{Load, failures};
use crate::on_machine;
use crate::site::{self, A, B, BALANCER};
use crate::streams::Streams;
use sdnotify_tests::manager::Manager;
use std::env;

/// How often the two nodes are restarted: once, or $SDNOTIFY_ROUNDS.
fn rounds() -> usize {
    env::var("SDNOTIFY_ROUNDS").map_or(1, |rounds| rounds.parse().expect("a number"))
}

/// What is replaced in the example's drop-in: the node leaves by another way than the page.
const PAGE: &str = "--notice 5 --page @OWN@/www/status.php";
const UNIT: &str = "[Service]";

/// What to restart, and how.
struct Rolling<'a> {
    balancer: &'a str,
    units: [String; 2],
    path: &'a str,
    /// The notice that the helper is to give.
    notice: u64,
}

/// Two nodes of php-fpm.
fn php(balancer: &str, notice: u64) -> Rolling<'_> {
    Rolling { balancer, units: [A.unit(), B.unit()], path: "/work.php", notice }
}

/// Two nodes of Apache.
fn apache(balancer: &str) -> Rolling<'_> {
    Rolling { balancer, units: [apache::unit(&A), apache::unit(&B)], path: "/work", notice: 5 }
}

impl Rolling<'_> {
    fn restart_all(&self, manager: &Manager) {
        let streams = Streams::start(manager, BALANCER, &format!("{}?ms=100", self.path));
        let load = Load::start(manager, 4, BALANCER, &format!("{}?ms=200", self.path));
        load.wait_for("a");
        load.wait_for("b");
        let rounds = rounds();
        for _ in 0..rounds {
            for (unit, name) in self.units.iter().zip(["a", "b"]) {
                manager.systemctl(&format!("restart {unit}"));
                assert_eq!(manager.state(unit), "active (running)");
                load.wait_for(name);
            }
        }
        let answers = load.finish();
        let failures = failures(&answers);
        let reports = streams.finish();
        let (balancer, logs) = (self.balancer, [A.log(manager), B.log(manager)]);
        assert!(
            failures.is_empty() && reports.iter().all(|report| report.failures.is_empty()),
            "{balancer}: {} of {} lost: {failures:?}; {reports:?}\n{logs:?}",
            failures.len(),
            answers.len()
        );
        for log in &logs {
            let seconds: Vec<u64> = log.lines().filter_map(waited).collect();
            let given = seconds.iter().all(|seconds| (self.notice..30).contains(seconds));
            assert!(seconds.len() == rounds && given, "{balancer}: {log}");
        }
        for report in &reports {
            assert!(report.requests > 50, "{report:?}");
        }
        let requests = answers.len() as u64 + reports.iter().map(|report| report.requests).sum::<u64>();
        eprintln!("{balancer}: {} restarts, {requests} requests, none lost", 2 * rounds);
    }
}

/// How long the helper waited until there was no load.
fn waited(line: &str) -> Option<u64> {
    line.split("No load after ").nth(1)?.split(' ').next()?.parse().ok()
}

#[test]
fn haproxy_asks_for_a_page() {
    on_machine(|manager| {
        site::start(manager, Some(&[]));
        php("HAProxy, page", 5).restart_all(manager);
    });
}

#[test]
fn haproxy_asks_an_agent() {
    let restore =
        "[Service]\nExecStartPost=@TOP@/target/tree/bin/sdnotify drain restore --notice 3 --agent @ADDRESS@:9999";
    on_machine(|manager| {
        site::start_nodes(manager, Some(&[(PAGE, "--notice 3 --agent @ADDRESS@:9999"), (UNIT, restore)]));
        site::start_haproxy(manager, &[("rise 2", "rise 2 agent-check agent-inter 1s agent-port 9999")]);
        php("HAProxy, agent check", 3).restart_all(manager);
    });
}

#[test]
fn haproxy_is_told_by_its_socket() {
    let tell =
        |state| format!("\"echo 'set server nodes/@NODE@ state {state}' | socat - UNIX-CONNECT:@DIR@/haproxy.sock\"");
    let away = format!("--notice 1 --away {}", tell("drain"));
    let back =
        format!("[Service]\nExecStartPost=@TOP@/target/tree/bin/sdnotify drain restore --back {}", tell("ready"));
    on_machine(|manager| {
        // The nodes start before there is a socket to be told by.
        let back = back.replacen("ExecStartPost=", "ExecStartPost=-", 1);
        site::start_nodes(manager, Some(&[(PAGE, &away), (UNIT, &back)]));
        let global = "global\n        stats socket @DIR@/haproxy.sock level admin\n\ndefaults\n";
        site::start_haproxy(manager, &[("defaults\n", global)]);
        php("HAProxy, runtime socket", 1).restart_all(manager);
    });
}

const NGINX: &str = "worker_processes 1;
pid @DIR@/balancer.pid;
error_log @DIR@/balancer.log;
events {}
http {
        access_log off;
        client_body_temp_path @DIR@/body;
        proxy_temp_path @DIR@/proxy;
        fastcgi_temp_path @DIR@/fastcgi;
        uwsgi_temp_path @DIR@/uwsgi;
        scgi_temp_path @DIR@/scgi;
        upstream nodes {
                @SERVERS@
        }
        server {
                listen 127.0.0.1:80;
                location / {
                        proxy_pass http://nodes;
                        @NEXT@
                }
        }
}
";

#[test]
fn nginx_has_its_upstreams_rewritten() {
    let set = |state| {
        let server = format!("server @ADDRESS@:80 max_fails=1 fail_timeout=2s{state};");
        format!(
            "\"echo '{server}' > @DIR@/node-@NODE@.conf && /usr/sbin/nginx -e stderr -c @DIR@/balancer.conf -s reload\""
        )
    };
    let away = format!("--notice 1 --away {}", set(" down"));
    let back = format!("[Service]\nExecStartPost=-@TOP@/target/tree/bin/sdnotify drain restore --back {}", set(""));
    on_machine(|manager| {
        // Each node writes its line at its start; there is nothing to reload yet.
        site::start_nodes(manager, Some(&[(PAGE, &away), (UNIT, &back)]));
        start_nginx(manager, "include @DIR@/node-*.conf;", "proxy_next_upstream off;");
        php("nginx, upstreams rewritten", 1).restart_all(manager);
    });
}

/// nginx as the balancer.
fn start_nginx(manager: &Manager, servers: &str, next: &str) {
    let text = NGINX.replace("@SERVERS@", servers).replace("@NEXT@", next);
    manager.file("balancer.conf", &text);
    // Started means that it listens.
    let unit = "[Service]\nType=forking\nPIDFile=@DIR@/balancer.pid\n\
                ExecStart=/usr/sbin/nginx -e @DIR@/balancer.log -c @DIR@/balancer.conf\n";
    manager.units(&[("balancer.service", unit)]);
    manager.systemctl("start balancer.service");
}

/// The line of the example that begins so.
fn line(example: &str, begin: &str) -> String {
    let line = example.lines().map(str::trim).find(|line| line.starts_with(begin));
    line.unwrap_or_else(|| panic!("no {begin} in:\n{example}")).to_owned()
}

/// nginx as the balancer, as in the example.
fn start_example(manager: &Manager) {
    let example = site::example("nginx/balancer.conf");
    let servers = ["192.0.2.1", "192.0.2.2"].map(|address| line(&example, &format!("server {address}:80")));
    let servers = servers.concat().replace("192.0.2.1", A.address).replace("192.0.2.2", B.address);
    start_nginx(manager, &servers, &line(&example, "proxy_next_upstream"));
}

#[test]
fn nginx_asks_the_other_node_of_php() {
    let readme = site::example("README.md");
    let [answer, change] = ["if (!-f ", "sed -i -e s/^ExecStartPre"].map(|begin| line(&readme, begin));
    on_machine(|manager| {
        for node in [&A, &B] {
            let page = manager.path(node.name).join("www/status.php").display().to_string();
            manager.file(
                &format!("{}/out.server", node.name),
                &site::replaced(&answer, "/var/www/html/status.php", &page),
            );
        }
        site::start_nodes(manager, Some(&[]));
        for node in [&A, &B] {
            let unit = format!("units/{}", node.unit());
            manager.run(&site::replaced(&change, "/etc/systemd/system/php8.2-fpm.service", &unit));
        }
        // Longer than the balancer spares a node that has answered 503.
        let slow = "[Service]\nExecStartPre=/bin/sleep 6\n";
        manager.units(&[(&format!("{}.d/slow.conf", A.unit()), slow)]);
        start_example(manager);
        php("nginx, php-fpm", 5).restart_all(manager);
    });
}

#[test]
fn nginx_asks_the_other_node_of_apache() {
    on_machine(|manager| {
        apache::start_nodes(manager, Drain::OutOfService);
        start_example(manager);
        apache("nginx, Apache").restart_all(manager);
    });
}

#[test]
fn haproxy_asks_apache_for_a_page() {
    on_machine(|manager| {
        apache::start_nodes(manager, Drain::Page);
        site::start_haproxy(manager, &[("/status.php", "/status.txt")]);
        apache("HAProxy, Apache").restart_all(manager);
    });
}
