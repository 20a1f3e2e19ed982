<?php
// A socket-activated service for PHP's command line, by FFI. The functions' declarations are read from sdnotify.ffi.h as
// it is installed.
//
//     sdnotify run --watchdog 2s --listen /tmp/greeter.sock -- php greeter.php /usr/include/libsdnotify/sdnotify.ffi.h
declare(strict_types=1);

$sd = FFI::cdef(file_get_contents($argv[1] ?? exit("usage: greeter.php sdnotify.ffi.h\n")), 'libsdnotify.so.0');
$c = FFI::cdef(<<<'C'
    struct pollfd { int fd; short events, revents; };
    int poll(struct pollfd *fds, unsigned long nfds, int timeout);
    int accept(int socket, void *address, void *length);
    long send(int socket, const char *buffer, size_t size, int flags);
    int close(int fd);
    C);

/** Says what went wrong, and goes on: the service must run without its manager too. */
function say(string $what, int $result): int
{
    if ($result < 0) {
        fprintf(STDERR, "%s: %s\n", $what, posix_strerror(-$result));
    }
    return $result;
}

$channel = $sd->new('int');
$usec = $sd->new('uint64_t');
// 1: the variables are removed from the environment of C, which is also that of getenv() and of children. $_SERVER and
// $_ENV are copies.
$address = (string) getenv('NOTIFY_SOCKET');
say("sdn_connect to $address", $sd->sdn_connect(1, FFI::addr($channel)));
say('WATCHDOG_USEC', $sd->sdn_heartbeat_interval(1, FFI::addr($usec)));
if ($sd->sd_listen_fds(1) !== 1) {
    fwrite(STDERR, "one socket is needed: start this by a .socket unit, or with sdnotify run --listen\n");
    exit(1);
}

$stop = false;
pcntl_async_signals(true);
pcntl_signal(SIGTERM, function () use (&$stop) { $stop = true; }, false);
say('READY=1', $sd->sdn_send($channel->cdata, "READY=1\nSTATUS=Waiting for guests"));
$polled = $c->new('struct pollfd');
$polled->fd = 3;
$polled->events = 1;
// Not longer than a second, as a signal that comes before poll() does not wake it.
$timeout = $usec->cdata > 0 ? max(1, min(1000, intdiv($usec->cdata, 1000))) : 1000;
for ($greeted = 0; !$stop;) {
    if ($c->poll(FFI::addr($polled), 1, $timeout) > 0 && ($guest = $c->accept(3, null, null)) >= 0) {
        $text = "Hello from PHP\n";
        $c->send($guest, $text, strlen($text), 0x4000 /* MSG_NOSIGNAL */);
        $c->close($guest);
        $greeted++;
        say('status', $sd->sdn_status($channel->cdata, "$greeted greeted ✓"));
    }
    if ($usec->cdata > 0) {
        say('WATCHDOG=1', $sd->sdn_send($channel->cdata, 'WATCHDOG=1'));
    }
}
say('STOPPING=1', $sd->sdn_send($channel->cdata, 'STOPPING=1'));
