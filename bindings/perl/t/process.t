# Under perl -T, in threads and child processes, from signal handlers; and nothing leaks.
use v5.26;
use warnings FATAL => 'all';
use Config;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX ();
use Receiver;
use Systemd::Daemon qw( -hard notify :sd );

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
    skip 'this perl has no threads', 2 if !$Config{useithreads};
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
}

# Leaks: the process does not grow, in memory or descriptors, whatever is called, exceptions and overloading included.
{
    package Text;
    use overload '""' => sub { 'x' x 1000 };
}
delete $ENV{NOTIFY_SOCKET};
my $text = bless [], 'Text';
my @fds  = (0) x 200;
my $wide = "\x{2713}" x 500;
my $latin = "\xe4" x 500;
tie my $tied, 'Tied';
sub Tied::TIESCALAR { return bless [], 'Tied' }
sub Tied::FETCH     { return 'y' x 1000 }

sub everything {
    notify(READY => 1, RELOADING => 1, STATUS => $_, X => 'z' x 1000, fds => \@fds, pid => 1) for $text, $wide, $latin, $tied;
    sd_notify(0, $_), sd_pid_notify(1, 0, $_), sd_notifyf(0, 'x%s%d', $_, 1) for $text, $wide, $latin, $tied;
    sd_pid_notify_with_fds(0, 0, 'x', \@fds), sd_pid_notifyf_with_fds(0, 0, \@fds, '%s', $wide);
    eval { notify(STATUS => "$latin\n") };
    eval { notify(fds => [@fds, 'x']) };
    eval { sd_notify(0, "x\0") };
    local @ENV{qw( LISTEN_PID LISTEN_FDS LISTEN_FDNAMES WATCHDOG_USEC )} = ($$, 1, 'a', 1000);
    my @names = sd_listen_fds_with_names(0);
    my $count = sd_listen_fds_with_names(1);
    sd_watchdog_enabled(1);
    sd_is_fifo(\*STDIN, "/x$text"), sd_is_socket_sockaddr(0, 0, 'x' x 16), sd_is_socket_unix(0, 0, -1, 'x');
    notify(READY => 1, unset => 1);
    return;
}

sub pages {
    open my $in, '<', '/proc/self/statm' or die "statm: $!";
    return (split ' ', <$in>)[1];
}
sub descriptors { return scalar(() = glob '/proc/self/fd/*') }

# sd_listen_fds() wants descriptor 3 open.
POSIX::dup2(0, 3) if !-e '/proc/self/fd/3';
everything() for 1 .. 200;
my ($pages, $descriptors) = (pages(), descriptors());
everything() for 1 .. 2000;
# Each call that lost its text would lose 2 MB or more; perl itself may take a page here and there.
cmp_ok pages() - $pages, '<', 128, 'memory';
is descriptors(), $descriptors, 'descriptors';

done_testing;
