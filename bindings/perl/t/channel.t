# A channel of sdnotify.h.
use v5.26;
use warnings FATAL => 'all';
use Test::More;
use Errno qw( EAFNOSUPPORT EBADF ECONNREFUSED EINVAL ENOTSOCK EPROTO ETIMEDOUT );
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use POSIX ();
use Receiver;
use Systemd::Daemon qw( -hard :sdn );

delete @ENV{ grep /^(?:NOTIFY|WATCHDOG|LISTEN)_/, keys %ENV };

# Nobody to tell.
is sdn_connect(), undef, 'no service manager';
is $_->[1], 0, "$_->[0] without a channel" for
    ['sdn_send',          sdn_send(undef, 'X=1')],
    ['sdn_sendf',         sdn_sendf(undef, 'X=%d', 1)],
    ['sdn_send_with_fds', sdn_send_with_fds(undef, 'X=1', [0])],
    ['sdn_status',        sdn_status(undef, 'X')],
    ['sdn_reloading',     sdn_reloading(undef)],
    ['sdn_barrier',       sdn_barrier(undef)];
for (['nothing', EPROTO], ['vsock:2:1', EAFNOSUPPORT], ["\@sdnotify-perl-nobody/$$", ECONNREFUSED]) {
    my ($address, $error) = @$_;
    local $ENV{NOTIFY_SOCKET} = $address;
    is sdn_connect(1), -$error, "NOTIFY_SOCKET=$address";
    ok !exists $ENV{NOTIFY_SOCKET}, 'the environment is cleared';
}
is sdn_send(-1, 'X=1'), -EBADF, 'an error is no channel';
is sdn_send(99, 'X=1'), -EBADF, 'not open';
open my $null, '<', '/dev/null' or die "/dev/null: $!";
is sdn_send($null, 'X=1'), -ENOTSOCK, 'not a socket';
close $null;
is sdn_send($null, 'X=1'), -EBADF, 'a closed file handle';

# Somebody.
my $receiver = Receiver->new;
$ENV{NOTIFY_SOCKET} = $receiver->address;
my $channel = sdn_connect(1);
cmp_ok $channel, '>', 2, 'a channel';
ok !exists $ENV{NOTIFY_SOCKET}, 'the environment is cleared';
is sdn_send($channel, "A=\x{2713}\nB=2"), 1, 'sdn_send';
is $receiver->text, "A=\xe2\x9c\x93\nB=2", 'the message';
open my $handle, '>&=', $channel or die "a handle: $!";
is sdn_sendf($handle, 'A=%s %d%%', 'x', 7), 1, 'sdn_sendf, by a file handle';
is $receiver->text, 'A=x 7%', 'the message';
is sdn_send($channel, undef), -EINVAL, 'no state';
is sdn_status($channel, undef), -EINVAL, 'no line';
SKIP: {
    skip 'recvmsg() by its number is known for 64 bits of x86, ARM and RISC-V only', 1 if !Receiver->sees_all;
    sdn_send_with_fds($channel, 'A', [0, \*STDOUT]);
    is @{ $receiver->message->{fds} }, 2, 'descriptors';
}

for (
    ["up\nMAINPID=1\r\e[2J", 'up MAINPID=1  [2J', 'line breaks'],
    ["a\0b", 'a b', 'a NUL'],
    ["caf\xe9", "caf\xc3\xa9", 'Latin-1'],
    ["\x{2713}", "\xe2\x9c\x93", 'characters'],
    ["\xe2\x9c\x93", "\xe2\x9c\x93", 'UTF-8'],
    ["\x{d800}", '???', 'a surrogate'],
    ["\x{e9}\x{2713}" x 5000, "\xc3\xa9\xe2\x9c\x93" x 817 . "\xc3\xa9", 'a long one'],
) {
    my ($line, $expected, $name) = @$_;
    no warnings;
    my $copy = $line;
    is sdn_status($channel, $line), 1, "$name: sent";
    is $receiver->text, "STATUS=$expected", $name;
    is $line, $copy, "$name: the caller's is as it was";
}

is sdn_reloading($channel), 1, 'sdn_reloading';
my ($usec) = $receiver->text =~ /\ARELOADING=1\nMONOTONIC_USEC=([1-9]\d*)\z/;
require Time::HiRes;
my $now = Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()) * 1e6;
ok defined $usec && $usec <= $now + 1 && $usec > $now - 60e6, 'the time of now';

is sdn_barrier($channel, 1000), -ETIMEDOUT, 'nobody reads';
is $receiver->text, 'BARRIER=1', 'the barrier';

$receiver->close;
is sdn_send($channel, 'X=1'), -ECONNREFUSED, 'the manager is gone' for 1 .. 2;
close $handle;
is sdn_send($channel, 'X=1'), -EBADF, 'the channel is closed';

is sdn_heartbeat_interval(), 0, 'no watchdog';
$ENV{WATCHDOG_USEC} = 3_000_001;
is sdn_heartbeat_interval(1), 1_500_000, 'half of it';
ok !exists $ENV{WATCHDOG_USEC}, 'the environment is cleared';

done_testing;
