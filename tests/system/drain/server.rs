//! The server of the example, which says itself how busy it is.

use crate::load::{Load, failures};
use crate::on_machine;
use crate::site::{self, replaced};
use sdnotify_tests::manager::Manager;
use sdnotify_tests::tree;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

const ADDRESS: &str = "127.0.0.1:8080";

#[test]
fn the_server_reports_itself_and_is_drained() {
    on_machine(|manager| {
        put_package(manager);
        let text = replaced(&site::example("server.service"), "/usr/bin", "@TOP@/target/tree/bin");
        let text = replaced(&text, "/usr/local/bin", "@TOP@/examples/drain");
        let text = replaced(&replaced(&text, "/var/lib/server", "@DIR@"), "--notice 5", "--notice 2");
        let settings = "[Service]\nStateDirectory=\nEnvironment=PYTHONPATH=@DIR@/python\n";
        manager.units(&[("server.service", &text), ("server.service.d/test.conf", settings)]);
        fs::write(manager.path("in-service"), "").expect("a file");
        manager.systemctl("start server.service");

        let load = Load::start(manager, 3, ADDRESS, "/");
        load.wait_for("");
        manager.poll("requests in its status", || {
            let status = manager.show("server.service", "StatusText");
            let words: Vec<&str> = status.split(' ').collect();
            let [rate, "requests", "a", "second,", now, "in", "flight,", all, "since", "the", "start"] = words[..]
            else {
                return false;
            };
            let rate: f64 = rate.parse().expect("a number");
            rate > 1.0 && rate < 20.0 && now == "3" && all.parse::<u32>().is_ok_and(|all| all > 3)
        });

        manager.systemctl("stop --no-block server.service");
        manager.poll("the helper", || {
            let status = manager.show("server.service", "StatusText");
            status.starts_with("Draining for ") && status.ends_with(" s, at most 30 s: requests in flight: 3")
        });
        // As a balancer does now.
        let answers = load.finish();
        assert!(failures(&answers).is_empty(), "{:?}", failures(&answers));
        let begin = Instant::now();
        manager.wait_state("server.service", "inactive (dead)");
        assert!(begin.elapsed() < Duration::from_secs(20));
        assert_eq!(manager.show("server.service", "Result"), "success");
        assert!(manager.path("in-service").exists());

        manager.systemctl("start server.service");
        sleep(Duration::from_millis(1500));
        assert_eq!(
            manager.show("server.service", "StatusText"),
            "0.0 requests a second, 0 in flight, 0 since the start"
        );
    });
}

/// The Python package with the library inside, as a wheel has it.
fn put_package(manager: &Manager) {
    let top = tree::top().display().to_string();
    manager.run(&format!(
        "mkdir python && cp -r {top}/bindings/python/src/libsdnotify python && \
         cp {top}/target/tree/lib/libsdnotify.so.0 python/libsdnotify"
    ));
}
