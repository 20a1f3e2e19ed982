//! Rolling restarts of both nodes behind each kind of balancer, under a constant load. Every request is answered.

use crate::load::{Load, failures};
use crate::on_machine;
use crate::site::{self, A, B, BALANCER};
use sdnotify_tests::manager::Manager;
use std::fs;

/// Two nodes are restarted this often.
const ROUNDS: usize = 3;

/// What is replaced in the example's drop-in: the node leaves by another way than the page.
const PAGE: &str = "--notice 5 --page @OWN@/www/status.php";
const UNIT: &str = "[Service]";

fn restart_all(manager: &Manager, balancer: &str) {
    let load = Load::start(manager, 4, BALANCER, "/work.php?ms=200");
    load.wait_for("a");
    load.wait_for("b");
    for _ in 0..ROUNDS {
        for (node, name) in [(&A, "a"), (&B, "b")] {
            manager.systemctl(&format!("restart {}", node.unit()));
            assert_eq!(manager.state(&node.unit()), "active (running)");
            load.wait_for(name);
        }
    }
    let answers = load.finish();
    let failures = failures(&answers);
    let logs = || format!("{}\n{}", A.log(manager), B.log(manager));
    assert!(failures.is_empty(), "{balancer}: {} of {} lost: {failures:?}\n{}", failures.len(), answers.len(), logs());
    assert!(A.log(manager).matches("No load after ").count() == ROUNDS, "{}", logs());
    eprintln!("{balancer}: {} restarts, {} requests, none lost", 2 * ROUNDS, answers.len());
}

#[test]
fn haproxy_asks_for_a_page() {
    on_machine(|manager| {
        site::start(manager, Some(&[]));
        restart_all(manager, "page");
    });
}

#[test]
fn haproxy_asks_an_agent() {
    let restore =
        "[Service]\nExecStartPost=@TOP@/target/tree/bin/sdnotify drain restore --notice 3 --agent @ADDRESS@:9999";
    on_machine(|manager| {
        site::start_nodes(manager, Some(&[(PAGE, "--notice 3 --agent @ADDRESS@:9999"), (UNIT, restore)]));
        site::start_haproxy(manager, &[("rise 2", "rise 2 agent-check agent-inter 1s agent-port 9999")]);
        restart_all(manager, "agent check");
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
        restart_all(manager, "runtime socket");
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
                include @DIR@/node-*.conf;
        }
        server {
                listen 127.0.0.1:80;
                location / {
                        proxy_pass http://nodes;
                        proxy_next_upstream off;
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
        let dir = manager.path("").display().to_string();
        fs::write(manager.path("balancer.conf"), NGINX.replace("@DIR@", &dir)).expect("a file");
        // Started means that it listens.
        let unit = "[Service]\nType=forking\nPIDFile=@DIR@/balancer.pid\n\
                    ExecStart=/usr/sbin/nginx -e @DIR@/balancer.log -c @DIR@/balancer.conf\n";
        manager.units(&[("balancer.service", unit)]);
        manager.systemctl("start balancer.service");
        restart_all(manager, "nginx upstreams");
    });
}
