# The C functions under their own names.
use v5.26;
use warnings FATAL => 'all';
use Test::More;
use Errno qw( EBADF EINVAL ENOBUFS EPFNOSUPPORT ERANGE ETIMEDOUT );
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use POSIX qw( mkfifo );
use Receiver;
use Socket qw( :all );
use Systemd::Daemon qw( -hard :sd );

delete @ENV{ grep /^(?:NOTIFY|WATCHDOG|LISTEN)_/, keys %ENV };

sub refused {
    my ($code, $expected, $name) = @_;
    ok !eval { $code->(); 1 }, "$name: refused";
    like $@, $expected, "$name: and why";
    return;
}

# Nobody to tell.
is sd_notify(0, 'X=1'), 0, 'sd_notify';
is sd_pid_notify(0, 0, 'X=1'), 0, 'sd_pid_notify';
is sd_pid_notify_with_fds(0, 0, 'X=1', [0]), 0, 'sd_pid_notify_with_fds';
is sd_notifyf(0, 'X=%d', 1), 0, 'sd_notifyf';
is sd_pid_notifyf(0, 0, 'X=%d', 1), 0, 'sd_pid_notifyf';
is sd_pid_notifyf_with_fds(0, 0, undef, 'X=%d', 1), 0, 'sd_pid_notifyf_with_fds';
is sd_notify_barrier(0, 1), 0, 'sd_notify_barrier';
is sd_pid_notify_barrier(0, 0, 1), 0, 'sd_pid_notify_barrier';

# Somebody.
my $receiver = Receiver->new;
my @senders  = (
    ['sd_notify',               sub { sd_notify($_[0], "A=1\nB=2") },                               "A=1\nB=2"],
    ['sd_pid_notify',           sub { sd_pid_notify($$, $_[0], 'A=') },                             'A='],
    ['sd_pid_notify_with_fds',  sub { sd_pid_notify_with_fds(0, $_[0], 'A=1', [0, 1]) },            'A=1'],
    ['sd_pid_notify_with_fds without any', sub { sd_pid_notify_with_fds(0, $_[0], 'A=1', []) },     'A=1'],
    ['sd_notifyf',              sub { sd_notifyf($_[0], 'A=%s %d%%', "\x{2713}", 7) },              "A=\xe2\x9c\x93 7%"],
    ['sd_notifyf without any',  sub { sd_notifyf($_[0], 'A=1') },                                   'A=1'],
    ['sd_pid_notifyf',          sub { sd_pid_notifyf(0, $_[0], 'A=%2$s%1$s', 'a', 'b') },           'A=ba'],
    ['sd_pid_notifyf_with_fds', sub { sd_pid_notifyf_with_fds(0, $_[0], [\*STDIN], '%s=%x', 'A', 255) }, 'A=ff'],
);
for (@senders) {
    my ($name, $send, $expected) = @$_;
    local $ENV{NOTIFY_SOCKET} = $receiver->address;
    is $send->(0), 1, "$name: sent";
    is $receiver->text, $expected, $name;
    is $ENV{NOTIFY_SOCKET}, $receiver->address, "$name: the environment stays";
    is $send->('yes'), 1, "$name: sent once more";
    is $receiver->text, $expected, $name;
    ok !exists $ENV{NOTIFY_SOCKET}, "$name: the environment is cleared";
    is $send->(0), 0, "$name: no service manager to notify";
}
SKIP: {
    skip 'recvmsg() by its number is known for 64 bits of x86, ARM and RISC-V only', 2 if !Receiver->sees_all;
    local $ENV{NOTIFY_SOCKET} = $receiver->address;
    sd_pid_notify_with_fds(0, 0, 'A', [0, \*STDOUT]);
    is @{ $receiver->message->{fds} }, 2, 'descriptors of sd_pid_notify_with_fds';
    sd_pid_notifyf_with_fds(0, 0, [0, 1, 2], 'A');
    is @{ $receiver->message->{fds} }, 3, 'descriptors of sd_pid_notifyf_with_fds';
}
{
    local $ENV{NOTIFY_SOCKET} = $receiver->address;
    is sd_pid_notify_with_fds(0, 0, 'X', [99]), -EBADF, 'a descriptor that is not open';
    refused sub { sd_pid_notify_with_fds(0, 0, 'X', 3) }, qr/^fds is not a reference to an array/, 'no array';
    refused sub { sd_pid_notify(2**40, 0, 'X') }, qr/^pid is out of range: "1099511627776"/, 'pid';
    refused sub { no warnings; sd_notifyf(0, "A=%s", "\0") }, qr/^state contains a NUL/, 'NUL in a formatted text';
    refused sub { sd_notify(1) }, qr/^Usage: Systemd::Daemon::sd_notify\(unset, state\)/, 'too few arguments';
}

# The barrier: it ends when the manager has taken the message and closed the descriptor in it.
{
    local $ENV{NOTIFY_SOCKET} = $receiver->address;
    is sd_notify_barrier(0, 0), -ETIMEDOUT, 'nobody reads: 0';
    is sd_notify_barrier(0, 1000.5), -ETIMEDOUT, 'nobody reads: a millisecond';
    is sd_pid_notify_barrier($$, 0, 1000), -ETIMEDOUT, 'nobody reads: sd_pid_notify_barrier';
    is $receiver->text, 'BARRIER=1', 'the message' for 1 .. 3;
    for my $timeout ([], [undef], [-1], [5_000_000], [2**64], ['18446744073709551615']) {
        my $reader = fork // die "fork: $!";
        if (!$reader) {
            my $select = IO::Select->new($receiver->{socket});
            while ($select->can_read(60) && $receiver->text ne 'BARRIER=1') { }
            POSIX::_exit(0);
        }
        is sd_notify_barrier(0, @$timeout), 1, 'somebody reads: ' . ($timeout->[0] // 'indefinitely');
        waitpid $reader, 0;
    }
    refused sub { sd_notify_barrier(0, 'nan') }, qr/^timeout is not a number/, 'NaN';
    local $SIG{ALRM} = sub { };
    alarm 1;
    is sd_notify_barrier(1), -Errno::EINTR(), 'a signal ends it';
    ok !exists $ENV{NOTIFY_SOCKET}, 'the environment is cleared';
    $receiver->text;
}

# The watchdog.
is sd_watchdog_enabled(), 0, 'no watchdog';
for ([2_000_000, 2_000_000], [' 0x10', 16], ['9007199254740993', 9007199254740993], ['18446744073709551614', 18446744073709551614],
    [0, -EINVAL], ['', -EINVAL], ['x', -EINVAL], ['1s', -EINVAL], ['-1', -ERANGE]) {
    my ($usec, $expected) = @$_;
    local $ENV{WATCHDOG_USEC} = $usec;
    is sd_watchdog_enabled(0), $expected, "WATCHDOG_USEC=$usec";
    local $ENV{WATCHDOG_PID} = $$;
    is sd_watchdog_enabled(1), $expected, "WATCHDOG_USEC=$usec and WATCHDOG_PID=$$";
    ok !exists $ENV{WATCHDOG_USEC} && !exists $ENV{WATCHDOG_PID}, 'the environment is cleared';
}
{
    local @ENV{qw( WATCHDOG_USEC WATCHDOG_PID )} = (1000, $$ + 1);
    is sd_watchdog_enabled(), 0, 'a watchdog for another process';
}

# What a descriptor is.
my $scratch = File::Temp->newdir;
mkfifo("$scratch/fifo", 0600) or die "mkfifo: $!";
open my $fifo, '+<', "$scratch/fifo" or die "open: $!";
is sd_is_fifo($fifo), 1, 'a FIFO';
is sd_is_fifo($fifo, "$scratch/fifo"), 1, 'that one';
is sd_is_fifo($fifo, '/dev/null'), 0, 'not that one';
is sd_is_fifo(99), -EBADF, 'not open';
is sd_is_special($fifo), 0, 'not special';
is sd_is_mq($fifo), 0, 'not a message queue';
is sd_is_mq($fifo, 'x'), 0, 'nor one by a name';

socket my $stream, AF_INET, SOCK_STREAM, 0 or die "socket: $!";
bind $stream, pack_sockaddr_in(0, INADDR_LOOPBACK) or die "bind: $!";
my ($port) = unpack_sockaddr_in getsockname $stream;
is sd_is_socket($stream), 1, 'a socket';
is sd_is_socket($stream, AF_INET, SOCK_STREAM, 0), 1, 'all of it';
is sd_is_socket($stream, AF_INET, SOCK_STREAM, 1), 0, 'not listening';
is sd_is_socket($stream, AF_INET6), 0, 'another family';
is sd_is_socket($stream, -1), -EINVAL, 'no family';
listen $stream, 1 or die "listen: $!";
is sd_is_socket($stream, 0, 0, 1), 1, 'listening';
is sd_is_socket_inet($stream, 0, SOCK_STREAM, 1, $port), 1, 'the port';
is sd_is_socket_inet($stream, AF_INET, 0, -1, $port ^ 1), 0, 'another port';
is sd_is_socket_inet($stream, AF_UNIX), -EINVAL, 'another family';
refused sub { sd_is_socket_inet($stream, 0, 0, -1, 65536) }, qr/^port is out of range: 65536/, 'port';
refused sub { sd_is_socket_inet($stream, 0, 0, -1, -1) }, qr/^port is out of range: -1/, 'port';
refused sub { sd_is_socket($stream, 2**33) }, qr/^family is out of range: "8589934592"/, 'family';
my $address = pack_sockaddr_in $port, INADDR_LOOPBACK;
is sd_is_socket_sockaddr($stream, SOCK_STREAM, $address, 1), 1, 'the address';
is sd_is_socket_sockaddr($stream, 0, pack_sockaddr_in 0, INADDR_LOOPBACK), 1, 'any port';
is sd_is_socket_sockaddr($stream, 0, pack_sockaddr_in $port, INADDR_ANY), 0, 'another address';
is sd_is_socket_sockaddr($stream, 0, undef), -EINVAL, 'no address';
is sd_is_socket_sockaddr($stream, 0, ''), -ENOBUFS, 'an empty one';
is sd_is_socket_sockaddr($stream, 0, substr $address, 0, 8), -EINVAL, 'a short one';
is sd_is_socket_sockaddr($stream, 0, $address . 'x' x 1000), 1, 'a long one';
is sd_is_socket_sockaddr($stream, 0, pack_sockaddr_un 'x'), -EPFNOSUPPORT, 'one of another family';
(my $shifted = "x$address") =~ s/^x//;
is sd_is_socket_sockaddr($stream, 0, $shifted), 1, 'one that is not aligned';
utf8::upgrade(my $upgraded = $address);
is sd_is_socket_sockaddr($stream, 0, $upgraded), 1, 'one stored as UTF-8';
refused sub { sd_is_socket_sockaddr($stream, 0, "\x{100}") }, qr/^Wide character/, 'one with wide characters';

socket my $unix, AF_UNIX, SOCK_DGRAM, 0 or die "socket: $!";
is sd_is_socket_unix($unix), 1, 'a Unix socket';
is sd_is_socket_unix($unix, SOCK_DGRAM, -1, ''), 1, 'without a name';
bind $unix, pack_sockaddr_un "$scratch/socket" or die "bind: $!";
is sd_is_socket_unix($unix, 0, -1, "$scratch/socket"), 1, 'with a path';
is sd_is_socket_unix($unix, 0, -1, "$scratch/socket", 0), 1, 'of a length to be found';
is sd_is_socket_unix($unix, 0, -1, "$scratch/socketx", length "$scratch/socket"), 0, 'of a length of its own';
is sd_is_socket_unix($unix, 0, -1, "$scratch/sock"), 0, 'with another path';
is sd_is_socket_unix($unix, 0, -1, undef, 5), 1, 'with any';
my $abstract = "\0sdnotify-perl/$$/unix";
socket $unix, AF_UNIX, SOCK_DGRAM, 0 or die "socket: $!";
bind $unix, pack_sockaddr_un $abstract or die "bind: $!";
is sd_is_socket_unix($unix, 0, -1, $abstract), 1, 'with an abstract name';
is sd_is_socket_unix($unix, 0, -1, $abstract, length $abstract), 1, 'of that length';
is sd_is_socket_unix($unix, 0, -1, $abstract, 5), 0, 'of another length';
refused sub { sd_is_socket_unix($unix, 0, -1, 'x', 2) }, qr/^length is not within the path: 2/, 'length';
refused sub { sd_is_socket_unix($unix, 0, -1, 'x', -1) }, qr/^length is not within the path: -1/, 'length';
refused sub { sd_is_socket_unix($unix, 0, -1, "x\0y") }, qr/^path contains a NUL/, 'NUL in a path';

# The rest.
is sd_booted(), -d '/run/systemd/system' ? 1 : 0, 'sd_booted';
is sd_pidfd_get_inode_id($fifo), -EBADF, 'not a pidfd';
SKIP: {
    my $pidfd = syscall 434, $$, 0;
    skip "no pidfd here: $!", 1 if $pidfd < 0;
    my $id = sd_pidfd_get_inode_id($pidfd);
    # Linux before 6.9 has no ids.
    ok $id > 0 || $id == -Errno::EOPNOTSUPP(), 'the id of a pidfd' or diag $id;
    POSIX::close($pidfd);
}

# Constants.
is $SD_LISTEN_FDS_START, 3, '$SD_LISTEN_FDS_START';
is "$SD_EMERG$SD_ALERT$SD_CRIT$SD_ERR$SD_WARNING$SD_NOTICE$SD_INFO$SD_DEBUG", '<0><1><2><3><4><5><6><7>', 'log levels';
refused sub { $SD_ERR = 'x' }, qr/^Modification of a read-only value/, 'assignment to a constant';

done_testing;
