# The process does not grow, in memory or descriptors, whatever is called, exceptions and overloading included. In a file of
# its own: memory that other tests gave back could hide a leak.
use v5.26;
use warnings FATAL => 'all';
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use POSIX ();
use Systemd::Daemon qw( -hard notify :sd );

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
# Whatever is lost once a turn adds up to 2000 times its size; perl itself may take a page here and there.
cmp_ok pages() - $pages, '<', 16, 'memory';
is descriptors(), $descriptors, 'descriptors';

done_testing;
