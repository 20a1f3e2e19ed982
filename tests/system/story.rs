//! The story of examples/drain/README.md as a new user would follow it: two nodes and a balancer, each a clean Debian 12
//! with this project's package and the distribution's nginx, php-fpm and haproxy. The commands are the document's own.

use sdnotify_tests::booted::{Switch, System, wait_for};
use sdnotify_tests::package::{debian_packages, files, minimal_system};
use sdnotify_tests::tree::top;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::thread;

/// What a system of Debian has, and a root tree that was made in a second has not.
const SYSTEM: [&str; 6] = ["systemd", "systemd-sysv", "dbus", "curl", "ca-certificates", "procps"];

const NODES: [(&str, &str); 2] = [("a", "192.0.2.1"), ("b", "192.0.2.2")];
const BALANCER: &str = "192.0.2.10";
const CLIENTS: &str = "192.0.2.100";

/// How often both nodes are restarted.
const ROUNDS: u64 = 3;

/// Before a system boots, while it has a network: packages are downloaded, and apt will not ask.
const SETUP: &str = r#"rm /usr/sbin/policy-rc.d
printf 'APT::Get::Assume-Yes "true";\n' > /etc/apt/apt.conf.d/90test
apt-get -qq update
apt-get -qq --download-only install "#;
/// What a user does by hand: Debian's block for PHP is uncommented.
const UNCOMMENT: &str = r"sed -i -e '/#location ~ .*php/,/#}/ s/^\t#//' -e 's|fastcgi_pass unix:.*|fastcgi_pass unix:/run/php/php-fpm.sock;|' \
    -e '/fastcgi_pass 127/d' /etc/nginx/sites-available/default
nginx -t
";

fn readme() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| fs::read_to_string(top().join("examples/drain/README.md")).expect("the document"))
}

/// The commands below a heading.
fn commands(heading: &str) -> Vec<&'static str> {
    let section = readme().split("\n## ").find_map(|section| section.strip_prefix(heading)).expect(heading);
    section
        .split("```sh")
        .skip(1)
        .map(|part| part.split_once('\n').expect("a fence").1.split("```").next().expect("one"))
        .collect()
}

/// The file of the package `sdnotify`.
fn package() -> PathBuf {
    let mut debs = files(debian_packages(), ".deb").into_iter();
    let is_it = |deb: &PathBuf| deb.file_name().is_some_and(|name| name.to_string_lossy().starts_with("sdnotify_"));
    debs.find(is_it).expect("a package")
}

struct Site {
    switch: Switch,
    nodes: Vec<System>,
    balancer: System,
}

impl Site {
    fn boot(root: &Path) -> Site {
        let switch = Switch::new(CLIENTS);
        let node = commands("On each node");
        let [install, restart, add, check] = node[..] else { panic!("four blocks: {node:?}") };
        let deb = package();
        let work = top().join("tests/system/drain/work.php");
        let balancer = commands("On the balancer");
        let [balance] = balancer[..] else { panic!("one block: {balancer:?}") };
        let packages = |block: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix("apt-get install "));
            format!("{SETUP}{}\n", line.expect("packages"))
        };
        // The package of this project is there; everything else is the document's.
        let of_node = format!("{}dpkg -i $FILES/sdnotify_*.deb\n", packages(install));
        let of_balancer = packages(balance);
        let (switch_, of_node, deb, work) = (&switch, &of_node, deb.as_path(), work.as_path());
        let (nodes, balancer) = thread::scope(|scope| {
            let boot = |(name, address)| {
                scope.spawn(move || System::boot(root, name, &[deb, work], of_node, switch_, address))
            };
            let nodes = NODES.map(boot);
            let balancer = System::boot(root, "balancer", &[], &of_balancer, switch_, BALANCER);
            (nodes.map(|node| node.join().expect("a node")), balancer)
        });
        for node in &nodes {
            node.run(install);
            node.run(UNCOMMENT);
            node.run(&format!("cp {}/work.php /var/www/html", node.files().display()));
            let said = node.run(restart);
            for text in ["in service\n", "active processes:     0\n"] {
                assert!(said.contains(text), "{restart}: {said}");
            }
            node.run(add);
            let said = node.run(check);
            assert!(said.lines().count() == 3 && said.lines().all(|line| line.starts_with("ok: ")), "{said}");
        }
        balancer.run(balance);
        let site = Site { switch, nodes: nodes.into(), balancer };
        for (name, _) in NODES {
            site.wait_until_used(name);
        }
        site
    }

    /// As the document has a user wait.
    fn wait_until_used(&self, node: &str) {
        let ask = commands("Stop a node")[2];
        let up = format!("nodes,{node},UP");
        wait_for(&up, || self.balancer.run(ask).lines().any(|line| line == up));
    }

    /// Starts wrk and ab, which the function ends.
    fn load<'a>(&'a self) -> impl FnOnce() -> [String; 2] + 'a {
        let url = format!("http://{BALANCER}/work.php?ms=100");
        let [wrk, ab] =
            ["wrk --threads 1 --connections 8 --duration 30m --timeout 20s", "ab -q -r -l -n 1000000 -c 2 -s 20"].map(
                |program| {
                    let mut command = self.switch.command(&format!("exec {program} '{url}'"));
                    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect(program)
                },
            );
        move || [wrk, ab].map(interrupted)
    }

    /// Restarts both nodes, one after the other.
    fn restart_all(&self) {
        for (node, (name, _)) in self.nodes.iter().zip(NODES) {
            node.run(commands("Stop a node")[1]);
            self.wait_until_used(name);
        }
    }
}

/// Has wrk or ab say what it has seen.
fn interrupted(child: Child) -> String {
    // SAFETY: kill() takes no pointer; the process is a child that has not been waited for.
    assert_eq!(unsafe { libc::kill(child.id() as i32, libc::SIGINT) }, 0);
    let output = child.wait_with_output().expect("its output");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The lines that tell of failures.
fn failures(said: &str) -> Vec<&str> {
    let bad = |line: &&str| {
        ["Socket errors:", "Non-2xx", "Write errors:", "Failed requests:"].iter().any(|label| line.starts_with(label))
            && !line.ends_with(" 0")
    };
    said.lines().map(str::trim).filter(bad).collect()
}

#[test]
fn a_rolling_restart_by_the_document_loses_no_request() {
    let root = minimal_system("bookworm", &SYSTEM);
    let site = Site::boot(&root);
    let end = site.load();
    for _ in 0..ROUNDS {
        site.restart_all();
    }
    let said = end();
    for (text, label) in said.iter().zip([" requests in ", "Complete requests:"]) {
        assert!(text.contains(label), "{text}");
        assert_eq!(failures(text), [""; 0], "{text}");
        eprintln!("{}", text.lines().find(|line| line.contains(label)).expect("a line").trim());
    }
    for node in &site.nodes {
        let log = node.run("journalctl --no-pager -o cat -u php8.2-fpm");
        let ends = log.lines().filter(|line| line.starts_with("No load after ")).count() as u64;
        assert_eq!(ends, ROUNDS, "{log}");
        assert_eq!(node.run("systemctl --failed --plain --no-legend"), "");
    }
    assert_eq!(site.balancer.run("systemctl --failed --plain --no-legend"), "");

    // The same without the drop-in: what the clients see is real.
    for node in &site.nodes {
        node.run("rm /etc/systemd/system/php8.2-fpm.service.d/drain.conf; systemctl daemon-reload");
    }
    let end = site.load();
    thread::sleep(std::time::Duration::from_secs(2));
    site.restart_all();
    let said = end();
    assert!(said.iter().any(|text| !failures(text).is_empty()), "nothing was lost without the helper: {said:?}");
}
