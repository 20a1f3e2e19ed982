# Descriptors passed by a service manager.
use v5.26;
use warnings FATAL => 'all';
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use Errno qw( EBADF EINVAL );
use Fcntl qw( F_GETFD FD_CLOEXEC );
use POSIX ();

# What a process says that was started with these variables and descriptors 3 and 4 (pipes). %PID%: its own id.
sub said {
    my ($code, %environment) = @_;
    my $pid = open(my $out, '-|') // die "fork: $!";
    if (!$pid) {
        pipe my $read, my $write or die "pipe: $!";
        POSIX::dup2(fileno $read,  8);
        POSIX::dup2(fileno $write, 9);
        POSIX::dup2(8, 3);
        POSIX::dup2(9, 4);
        $ENV{$_} = $environment{$_} =~ s/%PID%/$$/r for keys %environment;
        { exec $^X, '-w', (map "-I$_", @INC), '-MSystemd::Daemon=:sd', '-e', "print join ' ', do { $code }" }
        POSIX::_exit(127);
    }
    local $/;
    my $said = <$out>;
    close $out or die "$code: status $?";
    return $said;
}

my %two  = (LISTEN_PID => '%PID%', LISTEN_FDS => 2);
my $left = 'grep({ /^LISTEN_/ } sort keys %ENV), sort(qx{env} =~ /^(LISTEN_\w+)/mg)';

is said('sd_listen_fds()'), 0, 'none';
is said('sd_listen_fds()', %two), 2, 'two';
is said('sd_listen_fds(0)', %two, LISTEN_PID => 1), 0, 'for another process';
is said('sd_listen_fds(0)', %two, LISTEN_FDS => 'x'), -EINVAL, 'not a number';
is said('sd_listen_fds(0)', %two, LISTEN_FDS => 50), -EBADF, 'not open';
is said("sd_listen_fds(0), $left", %two), '2 LISTEN_FDS LISTEN_PID LISTEN_FDS LISTEN_PID', 'the environment stays';
is said("sd_listen_fds(1), $left", %two, LISTEN_FDNAMES => 'a:b'), 2, 'and goes when told so';
is said("sd_listen_fds_with_names(1), $left", %two, LISTEN_FDNAMES => 'a:b'), '2 a b', 'with names, too';
is said('sd_listen_fds_with_names()', %two), '2 unknown unknown', 'without names';
is said('sd_listen_fds_with_names()', %two, LISTEN_FDNAMES => ':http\:'), '2  http:', 'an empty and an escaped name';
is said('sd_listen_fds_with_names(0)', %two, LISTEN_FDNAMES => 'a'), -EINVAL, 'not as many names';
is said('sd_listen_fds_with_names()'), 0, 'no names for none';
is said('scalar sd_listen_fds_with_names()', %two), 2, 'the number in scalar context';
is said('sd_listen_fds(); use Fcntl; map { open my $f, "<&=", $_; fcntl $f, F_GETFD, 0 } $SD_LISTEN_FDS_START .. 4', %two),
    FD_CLOEXEC . ' ' . FD_CLOEXEC, 'close-on-exec';

done_testing;
