# Systemd::Daemon::Channel beside a service manager that reads nothing, or is gone: it never waits, and nothing that matters
# is lost.
use v5.26;
use warnings FATAL => 'all';
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use Errno qw( EAGAIN EBADF ECONNREFUSED EMSGSIZE ENOBUFS ENOENT );
use File::Temp;
use Receiver;
use Socket qw( AF_UNIX SOCK_DGRAM MSG_DONTWAIT pack_sockaddr_un );
use Systemd::Daemon::Channel;

# Where it waits all the same, the test ends here, not in the patience of its caller.
$SIG{ALRM} = sub { die "it waited\n" };
alarm 120;

# All that is there.
sub texts {
    my ($receiver) = @_;
    my @texts;
    push @texts, $receiver->text while !$receiver->is_empty;
    return @texts;
}

# Messages until the queue is full.
sub fill {
    my ($manager) = @_;
    my $count = 0;
    $count++ while $manager->notify(X_FILL => $count) == 1;
    return $count;
}

# Nobody to tell.
delete $ENV{NOTIFY_SOCKET};
my $manager = Systemd::Daemon::Channel->new;
is $manager->notify(READY => 1), 0, 'no service manager';
is $manager->pending, 0, 'nothing is kept for it';
is $manager->flush, 0, 'nor said';
ok !eval { $manager->notify(MAINPID => 0); 1 }, 'values are checked all the same';
like $@, qr/^notify: MAINPID must be .* at \Q$0/, 'the place is the caller\'s';

for my $option (qw( pid unset channel )) {
    ok !eval { $manager->notify(READY => 1, $option => 1); 1 }, "no option $option";
    like $@, qr/has no option $option at \Q$0/, 'the place is the caller\'s';
}

# A manager.
my $receiver = Receiver->new;
$ENV{NOTIFY_SOCKET} = $receiver->address;
$manager = Systemd::Daemon::Channel->new(unset => 1);
ok !exists $ENV{NOTIFY_SOCKET}, 'the environment is cleared';
is $manager->notify(READY => 1, STATUS => 'x', WATCHDOG => 1), 1, 'a message';
is join('|', texts($receiver)), "READY=1\nSTATUS=x\nWATCHDOG=1\n", 'is sent as it is';

# It reads nothing.
my $count = fill($manager);
cmp_ok $count, '>', 0, 'its queue takes some';
is $manager->pending, 1, 'and one is kept';
is $manager->notify(STATUS => 'old'), -EAGAIN, 'a status';
is $manager->notify(WATCHDOG => 1), -EAGAIN, 'a heartbeat' for 1 .. 3;
is $manager->notify(READY => 1, STATUS => 'new'), -EAGAIN, 'readiness';
is $manager->notify(X_FILL => 'newest'), -EAGAIN, 'one that is kept already';
is $manager->pending, 4, 'the newest of each';
is $manager->flush, -EAGAIN, 'it still reads nothing';
is scalar(texts($receiver)), $count, 'it reads';
is $manager->flush, 1, 'now all is said';
is join('|', texts($receiver)), "WATCHDOG=1\n|STATUS=new\n|READY=1\n|X_FILL=newest\n", 'beat, status, and the others in order';
is $manager->pending, 0, 'nothing is left';

# A heartbeat brings the rest along.
fill($manager);
$manager->notify(STATUS => 'kept');
texts($receiver);
is $manager->notify(WATCHDOG => 1), 1, 'a heartbeat';
like join('|', texts($receiver)), qr/^WATCHDOG=1\n\|STATUS=kept\n\|X_FILL=/, 'and the rest';

# The time of a reload is that of the call; descriptors go along.
{
    open my $file, '<', $0 or die "$0: $!";
    fill($manager);
    $manager->notify(RELOADING => 1);
    my $after = Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()) * 1e6;
    $manager->notify(FDSTORE => 1, FDNAME => $_, fds => [$file]) for qw( a b );
    texts($receiver);
    is $manager->flush, 1, 'flush';
    my $said = join '|', texts($receiver);
    like $said, qr/RELOADING=1\nMONOTONIC_USEC=(\d+)\n\|FDSTORE=1\nFDNAME=a\n\|FDSTORE=1\nFDNAME=b\n$/, 'reload and descriptors';
    my ($usec) = $said =~ /USEC=(\d+)/;
    ok $usec <= $after + 1, 'the time of the call';
}

# What can never be sent is not kept.
is $manager->notify(X => 'x' x 5000), -EMSGSIZE, 'too long';
is $manager->notify(FDSTORE => 1, fds => [-1]), -EBADF, 'no descriptor';
is $manager->pending, 0, 'neither is kept';
fill($manager);
$manager->notify(FDSTORE => 1, fds => [9999]);
texts($receiver);
is $manager->flush, -EBADF, 'an error of one that was kept';
is $manager->pending, 0, 'does not stay in the way';
texts($receiver);
fill($manager);
my $last;
$last = $manager->notify("X_$_" => 1) for 1 .. 200;
is $last, -ENOBUFS, 'there is an end to what is kept';
cmp_ok $manager->pending, '<=', 100, 'of a hundred';
$manager->close;
is $manager->notify(READY => 1), 0, 'closed';

# A manager that is gone, and comes again at the same address.
{
    my $scratch = File::Temp->newdir;
    my $path = "$scratch/notify";
    my $listen = sub {
        unlink $path;
        socket my $socket, AF_UNIX, SOCK_DGRAM, 0 or die "socket: $!";
        bind $socket, pack_sockaddr_un($path) or die "bind: $!";
        return $socket;
    };
    $ENV{NOTIFY_SOCKET} = $path;
    my $late = Systemd::Daemon::Channel->new;
    is $late->notify(READY => 1), -ENOENT, 'nobody there yet';
    is $late->error(-ENOENT), "cannot notify $path: " . do { local $! = ENOENT; "$!" }, 'the words name the address';
    my $socket = $listen->();
    is $late->notify(WATCHDOG => 1), 1, 'now';
    recv $socket, my $beat, 4096, MSG_DONTWAIT;
    recv $socket, my $ready, 4096, MSG_DONTWAIT;
    is "$beat$ready", "WATCHDOG=1\nREADY=1\n", 'with what was kept';
    undef $socket;
    is $late->notify(STATUS => 'x'), -ECONNREFUSED, 'gone';
    $socket = $listen->();
    is $late->flush, 1, 'a new socket';
    recv $socket, my $status, 4096, MSG_DONTWAIT;
    is $status, "STATUS=x\n", 'has the message';
    ok defined $late->fileno && fileno $late->handle == $late->fileno, 'a number to wait for';
}

done_testing;
