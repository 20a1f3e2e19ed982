# Debian's liblinux-systemd-perl, an unmodified XS module for libsystemd, on our libsystemd.so.0.
use v5.26;
use warnings;
use lib 'bindings/perl/t/lib';
use Cwd 'getcwd';
use Errno 'ECONNREFUSED';
use Receiver;
use Test::More;

my $private  = getcwd . '/target/tree/lib/libsdnotify';
my $receiver = Receiver->new;

# What a program says that uses it, with libsystemd from a directory.
sub said {
    my ($directory, $code) = @_;
    local @ENV{qw( LD_LIBRARY_PATH NOTIFY_SOCKET )} = ($directory, $receiver->address);
    my $program = "use Linux::Systemd::Daemon ':all'; print join ' ', do { $code }";
    open my $out, '-|', $^X, '-w', '-e', $program or die "$^X: $!";
    my $said = do { local $/; <$out> };
    close $out or die "$code: status $?";
    return $said;
}

my $maps = 'map { m{(/\S*/libsystemd\.so\S*)} } do { open my $in, "<", "/proc/self/maps"; <$in> }';
like said($private, $maps), qr{^\Q$private\E/libsystemd\.so\.0( |$)}, 'it runs on our library';
like said('', $maps), qr{^/\S*lib/\S+/libsystemd\.so}, 'where it would run on libsystemd\'s';

my %calls = (
    'sd_ready()'                => 'READY=1',
    'sd_stopping()'             => 'STOPPING=1',
    'sd_reloading()'            => 'RELOADING=1',
    'sd_watchdog()'             => 'WATCHDOG=1',
    'sd_status("half done")'    => 'STATUS=half done',
    'sd_notify(status => "x")'  => "STATUS=x\n",
);
for my $call (sort keys %calls) {
    for my $directory ($private, '') {
        my $whose = $directory ? 'ours' : 'theirs';
        said($directory, $call);
        is $receiver->text, $calls{$call}, "$call on $whose";
    }
}

# It makes an exception of an error number.
$receiver->close;
for my $directory ($private, '') {
    my $whose = $directory ? 'ours' : 'theirs';
    like said($directory, 'eval { sd_ready() }; $@'), qr/^Error -${\ ECONNREFUSED} /, "nobody listens, on $whose";
}

done_testing;
