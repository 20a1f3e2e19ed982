//! Unmodified daemons of Debian as units of a real service manager, on our libsystemd.so.0.

mod daemon;
mod table;
mod trace;

use daemon::{Daemon, Reload};

const DNS_QUERY: &str = r#"perl -MIO::Socket::INET -e '
        $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:5353", Proto => "udp") or die $!;
        $s->send(pack("n6", 7, 256, 1, 0, 0, 0) . "\4here\4test\0" . pack("n2", 1, 1));
        alarm 20;
        $s->recv($m, 512);
        print join(".", unpack("C4", substr($m, -4))), "\n"'"#;

const UNBOUND: &str = r#"server:
  interface: 127.0.0.1@5353
  chroot: ""
  username: ""
  directory: "@DIR@"
  pidfile: ""
  use-syslog: no
  local-data: "here.test. A 192.0.2.1"
remote-control:
  control-enable: no
"#;

#[test]
fn redis_server() {
    Daemon {
        name: "redis-server",
        program: "/usr/bin/redis-server",
        arguments: "--supervised systemd --port 0 --unixsocket @DIR@/redis --dir @DIR@ --save ''",
        works: ("redis-cli -s @DIR@/redis ping", "PONG"),
        status: "Ready to accept connections",
        ..Daemon::default()
    }
    .test();
}

#[test]
fn mosquitto() {
    Daemon {
        name: "mosquitto",
        program: "/usr/sbin/mosquitto",
        arguments: "-c @DIR@/mosquitto.conf",
        files: &[("mosquitto.conf", "listener 1883 127.0.0.1\nallow_anonymous true\nuser root\n")],
        // CONNECT with protocol MQTT 3.1.1; a CONNACK of four bytes.
        works: (
            r#"perl -MIO::Socket::INET -e '
                $s = IO::Socket::INET->new("127.0.0.1:1883") or die $!;
                $s->send("\x10\x0d\0\4MQTT\4\2\0\x3c\0\1a");
                alarm 20;
                $s->recv($m, 4);
                print unpack("H*", $m), "\n"'"#,
            "20020000",
        ),
        reload: Some(Reload { signal: "HUP", announced: false }),
        ..Daemon::default()
    }
    .test();
}

#[test]
fn haproxy() {
    Daemon {
        name: "haproxy",
        program: "/usr/sbin/haproxy",
        arguments: "-Ws -f @DIR@/haproxy.conf",
        files: &[(
            "haproxy.conf",
            "global\n log stderr format raw local0\n\
             defaults\n mode http\n timeout client 20s\n timeout server 20s\n timeout connect 20s\n\
             frontend here\n bind 127.0.0.1:8080\n http-request return status 200 content-type text/plain string hello\n",
        )],
        works: (
            r#"bash -c 'exec 3<> /dev/tcp/127.0.0.1/8080; printf "GET / HTTP/1.0\r\n\r\n" >&3; cat <&3'"#,
            "200 OK",
        ),
        reload: Some(Reload { signal: "USR2", announced: true }),
        ..Daemon::default()
    }
    .test();
}

#[test]
fn php_fpm() {
    Daemon {
        name: "php-fpm",
        program: "/usr/sbin/php-fpm*",
        arguments: "-n -F -y @DIR@/php.conf",
        files: &[
            (
                "php.conf",
                "[global]\nerror_log = @DIR@/php.log\nsystemd_interval = 1\n\
                 [www]\nuser = nobody\nlisten = @DIR@/php\npm = static\npm.max_children = 2\n",
            ),
            ("hello.php", "<?php echo 'hello', PHP_EOL;\n"),
        ],
        works: (
            "for i in 1 2 3; do
                SCRIPT_FILENAME=@DIR@/hello.php REQUEST_METHOD=GET cgi-fcgi -bind -connect @DIR@/php
            done",
            "hello",
        ),
        // Before a reload, which begins to count anew.
        status: "Processes active: 0, idle: 2, Requests: 3, slow: 0, Traffic: ",
        reload: Some(Reload { signal: "USR2", announced: true }),
        ..Daemon::default()
    }
    .test();
}

#[test]
fn unbound() {
    Daemon {
        name: "unbound",
        program: "/usr/sbin/unbound",
        arguments: "-d -p -c @DIR@/unbound.conf",
        files: &[("unbound.conf", UNBOUND)],
        works: (DNS_QUERY, "192.0.2.1"),
        reload: Some(Reload { signal: "HUP", announced: true }),
        ..Daemon::default()
    }
    .test();
}

#[test]
fn unbound_from_sockets() {
    Daemon {
        name: "unbound, socket activated",
        program: "/usr/sbin/unbound",
        arguments: "-d -p -c @DIR@/unbound.conf",
        files: &[("unbound.conf", &UNBOUND.replace("server:", "server:\n  use-systemd: yes"))],
        sockets: "ListenDatagram=127.0.0.1:5353\nListenStream=127.0.0.1:5353\n",
        works: (DNS_QUERY, "192.0.2.1"),
        reload: Some(Reload { signal: "HUP", announced: true }),
        ..Daemon::default()
    }
    .test();
}
