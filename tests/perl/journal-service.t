# A service under a real manager that logs to a real journal, on our libraries alone: journalctl shows every field.
use v5.26;
use warnings;
use Cwd 'getcwd';
use File::Temp;
use JSON::PP;
use Test::More;

my $scratch = File::Temp->newdir;
my $lib     = join ' ', map { '-I' . getcwd . "/target/perl/blib/$_" } qw( lib arch );

sub spew {
    my ($name, $text) = @_;
    open my $out, '>', "$scratch/$name" or die "$name: $!";
    print $out $text;
    close $out or die "$name: $!";
    return;
}

spew('service.pl', <<'END');
use strict; use warnings; use utf8;
use Systemd::Daemon qw( notify );
use Systemd::Journal;

my $journal = Systemd::Journal->new(app_id => 'greeter');
sub welcome {
    my ($guest) = @_;
    $journal->send("$guest is at the door", { guest => $guest, priority => 5, note => "two\nPRIORITY=0", data => \"\x00\xff" });
}
welcome('Zoë ✓');
journal_log(4, 'no tea');
Systemd::Journal::send(PRIORITY => 3, MESSAGE => 'x' x 1_000_000, LONG => 1);
print { Systemd::Journal::stream('greeter') } "a line\n";
open my $in, '<', '/proc/self/maps' or die;
my %loaded = map { m{/(libsd\w+|libsystemd)\.so} ? ($1 => 1) : () } <$in>;
notify(READY => 1, STATUS => join ' ', sort keys %loaded);
sleep;
END
spew('service.service', <<"END");
[Unit]
DefaultDependencies=no
[Service]
Type=notify
ExecStart=$^X -w $lib $scratch/service.pl
END
# journald may need a moment. The service stays meanwhile: journald cannot tell of which unit a process was that is gone.
spew('commands', <<'END');
set -eu
cp "$1/service.service" "$SD_UNITS"
systemctl daemon-reload
systemctl start service
systemctl show --property=StatusText --value service
for _ in $(seq 600); do
        journalctl --quiet --no-pager --all --output=json _SYSTEMD_UNIT=service.service > "$1/entries"
        test "$(wc -l < "$1/entries")" -lt 4 || exit 0
        sleep 0.1
done
END
is qx{tests/support/with-systemd -s -j -d $scratch sh commands $scratch}, "libsdjournal libsdnotify\n", 'on our libraries alone';
is $?, 0, 'the service ran';
open my $in, '<', "$scratch/entries" or die "entries: $!";
# Nothing says which socket journald reads first.
my ($welcome, $tea, $long, $line) =
    sort { ($a->{_TRANSPORT} eq 'stdout') <=> ($b->{_TRANSPORT} eq 'stdout') } map { decode_json($_) } <$in>;

my %expected = (
    MESSAGE => "Zo\xeb \x{2713} is at the door", GUEST => "Zo\xeb \x{2713}", PRIORITY => 5, SYSLOG_IDENTIFIER => 'greeter',
    NOTE => "two\nPRIORITY=0", CODE_FILE => "$scratch/service.pl", CODE_LINE => 8, CODE_FUNC => 'main::welcome',
);
is $welcome->{$_}, $expected{$_}, $_ for sort keys %expected;
is_deeply $welcome->{DATA}, [0, 255], 'bytes';
is "$tea->{MESSAGE} $tea->{PRIORITY} $tea->{SYSLOG_IDENTIFIER}", 'no tea 4 perl', 'journal_log';
is length $long->{MESSAGE}, 1_000_000, 'a long entry';
is "$line->{MESSAGE} $line->{SYSLOG_IDENTIFIER} $line->{_TRANSPORT}", 'a line greeter stdout', 'a stream';

done_testing;
