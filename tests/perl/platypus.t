# FFI::Platypus loads our libraries and calls them, a variadic function as well.
use v5.26;
use warnings;
use lib 'bindings/perl/t/lib';
use Errno qw( EBADF ECONNREFUSED );
use FFI::Platypus;
use Receiver;
use Test::More;

my $receiver = Receiver->new;

for my $library ('target/tree/lib/libsdnotify.so.0', 'target/tree/lib/libsdnotify/libsystemd.so.0') {
    my ($name) = $library =~ m{([^/]+)$};
    my $ffi = FFI::Platypus->new(api => 2, lib => $library);
    my $sd_notify  = $ffi->function(sd_notify => ['int', 'string'] => 'int');
    my $sd_notifyf = $ffi->function(sd_notifyf => ['int', 'string'], ['string', 'int', 'double'] => 'int');
    my $watchdog   = $ffi->function(sd_watchdog_enabled => ['int', 'uint64*'] => 'int');
    my $with_fds   = $ffi->function(sd_pid_notify_with_fds => ['int', 'int', 'string', 'int[]', 'unsigned int'] => 'int');
    my $is_fifo    = $ffi->function(sd_is_fifo => ['int', 'string'] => 'int');

    local $ENV{NOTIFY_SOCKET} = $receiver->address;
    is $sd_notify->call(0, "READY=1\n"), 1, "$name: sd_notify";
    is $receiver->text, "READY=1\n", "$name: its message";
    is $sd_notifyf->call(0, 'STATUS=%s, %d of %.1f', 'done', 7, 7.5), 1, "$name: sd_notifyf";
    is $receiver->text, 'STATUS=done, 7 of 7.5', "$name: its message, formatted";
    is $sd_notifyf->call(0, '%s %d %f', 'x' x 10_000, -1, 0.5), 1, "$name: sd_notifyf, long";
    is $receiver->text, 'x' x 10_000 . ' -1 0.500000', "$name: its message";
    is $with_fds->call(0, 0, 'FDSTORE=1', [0, 1], 2), 1, "$name: sd_pid_notify_with_fds";
    is $receiver->text, 'FDSTORE=1', "$name: its message";
    is $with_fds->call(0, 0, 'FDSTORE=1', [-1], 1), -EBADF, "$name: a bad descriptor";

    my $usec = 0;
    is $watchdog->call(0, \$usec), 0, "$name: no watchdog";
    local $ENV{WATCHDOG_USEC} = 3_000_000;
    ok $watchdog->call(0, \$usec) > 0, "$name: a watchdog";
    is $usec, 3_000_000, "$name: its interval";
    is $is_fifo->call(0, undef), (-p STDIN ? 1 : 0), "$name: sd_is_fifo";

    local $ENV{NOTIFY_SOCKET} = "\@sdnotify-platypus/$$";
    is $sd_notifyf->call(1, '%s%d%f', '', 0, 0), -ECONNREFUSED, "$name: an error";
    is $sd_notify->call(0, 'READY=1'), 0, "$name: the environment was cleared";
}

done_testing;
