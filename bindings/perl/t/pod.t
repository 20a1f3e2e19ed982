# The documentation: well-formed, complete, and its synopsis runs.
use v5.26;
use warnings;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use Pod::Checker;
use Receiver;
use Systemd::Daemon;

my ($file) = grep { -e } map { "$_/Systemd/Daemon.pod" } grep { !ref } @INC;
ok $file, 'the documentation is installed' or BAIL_OUT('no Systemd/Daemon.pod');
open my $in, '<:encoding(UTF-8)', $file or die "$file: $!";
my $pod = do { local $/; <$in> };

# Systemd::Journal is left out where there is no libsdjournal.
for my $other (grep { -e } map { ("$_/Systemd/Daemon/Channel.pod", "$_/Systemd/Journal.pod") } grep { !ref } @INC) {
    my $checker = Pod::Checker->new(-quiet => 1);
    $checker->parse_from_file($other, \*STDERR);
    is $checker->num_errors + $checker->num_warnings, 0, "podchecker, $other";
}

my $checker = Pod::Checker->new(-quiet => 1);
$checker->parse_from_file($file, \*STDERR);
is $checker->num_errors + $checker->num_warnings, 0, 'podchecker';

my $headings = join "\n", $pod =~ /^=head2 (.*)/mg;
like $headings, qr/(?<!\w)\Q$_\E(?!\w)/, "$_ is documented" for @Systemd::Daemon::EXPORT_OK;
my ($tags) = $pod =~ /^=head2 Tags$(.*?)^=head/ms;
for my $tag (sort keys %Systemd::Daemon::EXPORT_TAGS) {
    my ($names) = $tags =~ /^=item \Q$tag\E\n\n(.*?)\n\n/ms;
    next if $tag =~ /^(?:all|sd)$/ and pass "tag $tag";
    is join(' ', sort split /,\s+/, $names), join(' ', sort @{ $Systemd::Daemon::EXPORT_TAGS{$tag} }), "tag $tag";
}

# The synopsis, as a service with a watchdog.
my ($synopsis) = $pod =~ /^=head1 SYNOPSIS\n(.*?)^=head1/ms;
my $receiver = Receiver->new;
{
    local @ENV{qw( NOTIFY_SOCKET WATCHDOG_USEC )} = ($receiver->address, 1_000_000);
    system $^X, '-w', (map { "-I$_" } @INC), '-Mstrict', '-e', $synopsis;
}
is $?, 0, 'the synopsis runs';
is $receiver->text, "READY=1\nSTATUS=Waiting for work\n", 'ready';
is $receiver->text, "WATCHDOG=1\n", 'alive' for 1 .. 3;
is $receiver->text, "STOPPING=1\n", 'stopping';

# Every piece of code in it is Perl, once the dots are gone that stand for more.
for my $code ($pod =~ /((?:^    .*\n|^\n(?=    ))+)/mg) {
    my ($first) = $code =~ /(\S.*)/;
    $code =~ s/, \.\.\. \)/ )/g;
    eval "package Code; no strict 'vars'; no warnings; use Systemd::Daemon ':all'; my \$code = sub { $code }; 1";
    is $@, '', "compiles: $first";
}

done_testing;
