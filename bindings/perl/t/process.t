# Under perl -T, in threads and child processes, from signal handlers.
use v5.26;
use warnings FATAL => 'all';
use Config;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use POSIX ();
use Receiver;
use Systemd::Daemon qw( -hard notify );

my $receiver = Receiver->new;
$ENV{NOTIFY_SOCKET} = $receiver->address;

# Taint: text from outside may be sent.
{
    my $program = 'use Systemd::Daemon qw( notify sd_notifyf ); print ${^TAINT}, notify(STATUS => $ENV{OUTSIDE}),'
        . ' sd_notifyf(0, "%s", $ENV{OUTSIDE}), notify(unset => 1), notify()';
    local $ENV{OUTSIDE} = 'tainted';
    open my $out, '-|', $^X, '-wT', (map "-I$_", @INC), '-e', $program or die "$^X: $!";
    is join('', <$out>), '11110', 'perl -T';
    close $out;
    is $receiver->text, "STATUS=tainted\n", 'the text of outside';
    is $receiver->text, 'tainted', 'and once more';
    is $receiver->text, '', 'unset is no matter of taint';
}

{
    my $program = 'use Systemd::Daemon::Channel; use Systemd::Daemon ":all"; my $c = Systemd::Daemon::Channel->new(unset => 1);'
        . ' print $c->notify(STATUS => $ENV{OUTSIDE}), sd_is_fifo(0, $ENV{OUTSIDE}) <= 0, sd_listen_fds(1), sd_watchdog_enabled(1),'
        . ' sdn_status($c->handle, $ENV{OUTSIDE}), notify(X => 1, fds => [$ENV{NUMBER}], channel => $c->handle)';
    local @ENV{qw( OUTSIDE NUMBER WATCHDOG_USEC )} = ('tainted', 0, 5);
    open my $out, '-|', $^X, '-wT', (map "-I$_", @INC), '-e', $program or die "$^X: $!";
    is join('', <$out>), '110511', 'perl -T: a channel, and the other functions';
    close $out;
    is $receiver->text, $_, 'its message' for "STATUS=tainted\n", 'STATUS=tainted', "X=1\n";
}

# A child process tells for itself.
my $child = fork // die "fork: $!";
POSIX::_exit(notify(STATUS => 'child') == 1 ? 0 : 1) if !$child;
waitpid $child, 0;
is $?, 0, 'a child process';
is $receiver->text, "STATUS=child\n", 'its message';

# A signal handler.
{
    local $SIG{USR1} = sub { notify(RELOADING => 1, MONOTONIC_USEC => 1) };
    kill USR1 => $$;
    is $receiver->text, "RELOADING=1\nMONOTONIC_USEC=1\n", 'a signal handler';
}

SKIP: {
    skip 'this perl has no threads', 3 if !$Config{useithreads};
    require threads;
    my @threads = map { my $number = $_; threads->create(sub { notify(STATUS => $number) for 1 .. 50; 1 }) } 1 .. 4;
    my %seen;
    for (1 .. 200) {
        IO::Select->new($receiver->{socket})->can_read(60) or die 'no message';
        $seen{ $receiver->text }++;
    }
    is join('', map { $_->join } @threads), '1111', 'threads';
    is join('', map { "$_ $seen{$_} " } sort keys %seen), "STATUS=1\n 50 STATUS=2\n 50 STATUS=3\n 50 STATUS=4\n 50 ",
        'their messages';
    threads->create(sub { notify(STATUS => 'thread', unset => 1) })->join;
    is qx{echo "\${NOTIFY_SOCKET-unset}"}, "unset\n", 'unset in a thread is for all';
}

done_testing;
