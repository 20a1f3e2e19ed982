# -hard and -soft where the library cannot be loaded.
use v5.26;
use warnings FATAL => 'all';
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use Errno 'ENOSYS';
use File::Copy 'copy';
use File::Path 'make_path';
use File::Temp;
use Systemd::Daemon;

# A copy of the module that needs a library of another name.
my $scratch = File::Temp->newdir;
my ($object) = grep { -e } map { "$_/auto/Systemd/Daemon/Daemon.so" } @INC;
{
    make_path("$scratch/Systemd/Daemon", "$scratch/auto/Systemd/Daemon");
    copy($INC{$_}, "$scratch/$_") or die "copy: $!" for 'Systemd/Daemon.pm', 'Systemd/Daemon/Exporter.pm';
    local $/;
    open my $in, '<:raw', $object or die "$object: $!";
    my $code = <$in>;
    $code =~ s/libsdnotify\.so\.\d/libsdnosuch.so.9/ or die "$object does not need libsdnotify";
    open my $out, '>:raw', "$scratch/auto/Systemd/Daemon/Daemon.so" or die "open: $!";
    print $out $code;
    close $out or die "close: $!";
}

# What a program says, on both streams, that uses it.
sub said {
    my ($program, %environment) = @_;
    my $file = "$scratch/program";
    open my $out, '>', $file or die "$file: $!";
    print $out $program;
    close $out or die "close: $!";
    local @ENV{ 'NOTIFY_SOCKET', keys %environment } = (undef, values %environment);
    delete $ENV{NOTIFY_SOCKET} if !$environment{NOTIFY_SOCKET};
    my $said = qx{$^X -w "-I$scratch" "$file" 2>&1};
    return $said =~ s/\Q$file\E/FILE/gr;
}

my $reason = qr/^Systemd::Daemon: Can't load '\S+' for module Systemd::Daemon: libsdnosuch\.so\.9: cannot open shared object file: No such file or directory/;
my @functions = grep { !/^\$|^notify_error$/ } @Systemd::Daemon::EXPORT_OK;

like said('use Systemd::Daemon qw( -hard notify ); print "here"'), qr/$reason at FILE line 1\.\n/, '-hard';
like said("\nuse Systemd::Daemon 'notify'; print 'here'"), qr/$reason at FILE line 2\.\n/, 'hard unless told otherwise';
is said('use Systemd::Daemon qw( -soft notify ); print notify(READY => 1)'), -ENOSYS, '-soft';
is said('use Systemd::Daemon qw( -soft -all ); print join " ", map { no strict; &$_(1) } ' . "qw( @functions )"),
    join(' ', (-ENOSYS) x @functions), '-soft: every function';
is said('use Systemd::Daemon qw( -soft -sd_log ); print "$SD_ERR$SD_DEBUG"'), '<3><7>', '-soft: the constants';
is said('use Systemd::Daemon qw( -soft ); use Systemd::Daemon qw( -soft notify ); print notify()'), -ENOSYS, '-soft twice';
like said('use Systemd::Daemon qw( -soft ); use Systemd::Daemon qw( -hard notify ); print "here"'), $reason,
    '-hard after -soft';
is said('use Systemd::Daemon qw( -soft -hard )') =~ s/ at .*//sr,
    'Systemd::Daemon: options hard and soft are mutually exclusive', 'both';
is said('use Systemd::Daemon "-soft"; print Systemd::Daemon::load_error() =~ /libsdnosuch/ ? "yes" : "no"'), 'yes',
    'the reason';
like said("require Systemd::Daemon;\nSystemd::Daemon::notify(READY => 1)"), qr/$reason at FILE line 2\.\n/,
    'a call without import';
like said('use Systemd::Daemon qw( -soft notify ); use Systemd::Daemon "-soft"; print notify(), notify()', NOTIFY_SOCKET => "\@x\ny"),
    qr/^Systemd::Daemon: nothing will be sent to \@x\\x0ay: .*libsdnosuch.*\n${\ -ENOSYS}${\ -ENOSYS}\z/,
    'a warning, once, where somebody waits';
is said('$SIG{__DIE__} = sub { print "died" }; require Systemd::Daemon; print "on"'), 'on',
    'nothing of it reaches the program\'s own handlers';

done_testing;
