<?php
// A socket-activated service for PHP's command line, by FFI. The functions' declarations are read from sdnotify.ffi.h as
// it is installed.
//
//     sdnotify run --watchdog 2s --listen /tmp/greeter.sock -- php greeter.php /usr/include/libsdnotify/sdnotify.ffi.h
declare(strict_types=1);

$sd = FFI::cdef(file_get_contents($argv[1] ?? exit("usage: greeter.php sdnotify.ffi.h\n")), 'libsdnotify.so.0');

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

$server = fopen('php://fd/3', 'r+');
$stop = false;
pcntl_async_signals(true);
pcntl_signal(SIGTERM, function () use (&$stop) { $stop = true; }, false);
say('READY=1', $sd->sdn_send($channel->cdata, "READY=1\nSTATUS=Waiting for guests"));
// Not longer than a second, as a signal that comes before stream_select() does not wake it.
$timeout = $usec->cdata > 0 ? min($usec->cdata, 1_000_000) : 1_000_000;
for ($greeted = 0; !$stop;) {
    $ready = [$server];
    $none = null;
    // A signal makes it warn and return false.
    if (@stream_select($ready, $none, $none, 0, $timeout) && ($guest = stream_socket_accept($server, 0))) {
        fwrite($guest, "Hello from PHP\n");
        fclose($guest);
        $greeted++;
        say('status', $sd->sdn_status($channel->cdata, "$greeted greeted ✓"));
    }
    if ($usec->cdata > 0) {
        say('WATCHDOG=1', $sd->sdn_send($channel->cdata, 'WATCHDOG=1'));
    }
}
say('STOPPING=1', $sd->sdn_send($channel->cdata, 'STOPPING=1'));
