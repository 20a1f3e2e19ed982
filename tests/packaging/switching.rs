//! The ways to switch a program from libsystemd to libsdnotify that INSTALL.md describes, each tried on Debian's own.

use sdnotify_tests::manager::Manager;
use sdnotify_tests::package::{beside_copy, debian_packages, files, minimal_system};
use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::release::Release;
use sdnotify_tests::tree::{Scratch, installed, run};
use std::process::{Child, Command};
use std::time::Duration;

/// Builds a source package of Debian `suite` unchanged in a clean system with our -dev package, and says what `program` of it
/// needs, and its binary package. `$private` stands for our private directory in the assignments to the environment.
fn rebuilt(suite: &str, package: &str, program: &str, environment: &str) -> String {
    let root = minimal_system("bookworm", &["build-essential", "debhelper", "pkg-config"]);
    let script = r#"
        mkdir -p "$COPY/build/ours"
        suite=$1 package=$2 program=$3 environment=$4
        shift 4
        cp "$@" "$COPY/build/ours"
        echo "deb-src http://deb.debian.org/debian $suite main" > "$COPY/etc/apt/sources.list.d/source.list"
        cat > "$COPY/build/script" <<'END'
                cd /build
                export DEBIAN_FRONTEND=noninteractive DEB_BUILD_OPTIONS='nocheck parallel=2'
                apt-get -qq update
                apt-get -qq -y --no-install-recommends install ./ours/libsdnotify0_*.deb ./ours/libsdjournal0_*.deb ./ours/libsdnotify-dev_*.deb
                apt-get -qq -y --no-install-recommends --only-source build-dep "$1"
                apt-get -qq --only-source source "$1"
                cd "$1"-*/
                private=$(pkg-config --variable=libdir libsdnotify)/libsdnotify
                export "$(eval "echo \"$3\"")"
                dpkg-buildpackage -us -uc -b
END
        chroot "$COPY" sh -euc '. /build/script' sh "$package" "$program" "$environment" >&2
        cd "$COPY/build"
        mkdir unpacked
        for deb in *.deb; do dpkg-deb --extract "$deb" unpacked; done
        # The program may be a link to a file of another of the packages.
        file=$(realpath "unpacked/$program")
        for deb in *.deb; do
                ! dpkg-deb --contents "$deb" | grep -q "^-.* [.]${file#"$PWD/unpacked"}\$" || dpkg-deb --field "$deb" Depends
        done
        objdump -p "$file""#;
    run(beside_copy(&root, script).args([suite, package, program, environment]).args(files(debian_packages(), ".deb")))
}

/// One that is built against libsdnotify, and whose package depends on ours by itself.
fn assert_switched(needs: &str) {
    let needed: Vec<_> =
        needs.lines().filter_map(|line| line.trim_start().strip_prefix("NEEDED")).map(str::trim).collect();
    assert!(needed.contains(&"libsdnotify.so.0") && !needed.contains(&"libsystemd.so.0"), "{needs}");
    let depends = needs.lines().next().expect("what the package depends on");
    assert!(depends.contains("libsdnotify0 (>= 0.1.0)") && !depends.contains("libsystemd0"), "{depends}");
}

#[test]
#[ignore = "takes minutes: make check-all"]
fn a_source_package_that_asks_pkg_config() {
    assert_switched(&rebuilt("bookworm", "fcgiwrap", "usr/sbin/fcgiwrap", "PKG_CONFIG_PATH=$private/pkgconfig"));
}

#[test]
#[ignore = "takes minutes: make check-all"]
fn redis_asks_pkg_config_too() {
    assert_switched(&rebuilt("bookworm", "redis", "usr/bin/redis-server", "PKG_CONFIG_PATH=$private/pkgconfig"));
}

#[test]
#[ignore = "takes minutes: make check-all"]
fn mosquitto_is_linked_to_libsystemd_by_name() {
    assert_switched(&rebuilt("bookworm", "mosquitto", "usr/sbin/mosquitto", "DEB_LDFLAGS_APPEND=-L$private"));
}

/// A program that must not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_binary_by_patchelf() {
    let scratch = Scratch::new("patchelf");
    let program = scratch.path("redis-server");
    std::fs::copy("/usr/bin/redis-server", &program).expect("redis-server");
    run(Command::new("patchelf").args(["--replace-needed", "libsystemd.so.0", "libsdnotify.so.0"]).arg(&program));
    let dynamic = run(Command::new("readelf").args(["-W", "--dynamic", "--version-info"]).arg(&program));
    assert!(dynamic.contains("[libsdnotify.so.0]") && dynamic.contains("File: libsdnotify.so.0"), "{dynamic}");
    assert!(!dynamic.contains("libsystemd"), "{dynamic}");

    let receiver = Receiver::abstract_name();
    let mut command = Command::new(&program);
    command.args(["--port", "0", "--supervised", "systemd", "--daemonize", "no", "--save", "", "--unixsocket"]);
    command.arg(scratch.path("socket")).arg("--logfile").arg(scratch.path("log"));
    command.env("LD_LIBRARY_PATH", installed().join("lib")).env("NOTIFY_SOCKET", receiver.address());
    let mut redis = Running(command.spawn().expect("redis-server starts"));
    receiver.socket().set_read_timeout(Some(Duration::from_secs(40))).expect("a time-out");
    let until = |line: &str| while !receiver.next().text().lines().any(|said| said == line) {};
    until("READY=1");
    run(Command::new("kill").arg(redis.0.id().to_string()));
    until("STOPPING=1");
    assert!(redis.0.wait().expect("its end").success());
}

#[test]
fn a_unit_by_a_drop_in() {
    // redis-server is this machine's, and so must be its manager.
    let Some(release) = Release::at_hand().iter().find(|release| release.root.is_none()) else { return };
    let manager = Manager::start(release).expect("it is at hand");
    let service = "[Service]\nType=notify\nExecStart=/usr/bin/redis-server --port 0 --unixsocket @DIR@/socket \
                   --supervised systemd --daemonize no --save '' --logfile @DIR@/log\n";
    let drop_in = "[Service]\nEnvironment=LD_LIBRARY_PATH=@TOP@/target/tree/lib/libsdnotify\n";
    manager.units(&[("redis.service", service), ("redis.service.d/libsdnotify.conf", drop_in)]);
    manager.systemctl("start redis.service");
    assert_eq!(manager.state("redis.service"), "active (running)");
    assert_eq!(manager.show("redis.service", "StatusText"), "Ready to accept connections");
    let maps = manager.run("cat /proc/$($SD_CTL show --value -p MainPID redis.service)/maps");
    let libraries: Vec<_> = maps.lines().filter(|line| line.contains("/libsystemd.so.0")).collect();
    let ours = installed().join("lib/libsdnotify/libsystemd.so.0");
    assert!(
        !libraries.is_empty() && libraries.iter().all(|line| line.ends_with(ours.to_str().expect("UTF-8"))),
        "{maps}"
    );
    manager.systemctl("stop redis.service");
}
