# A journald that does not read makes a call wait; the handler of a signal runs meanwhile, and may end it.
use v5.26;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/lib";
use Journald;
use Test::More;

BEGIN {
    plan skip_all => 'Systemd::Journal is not built: there is no libsdjournal'
        if !grep { -e "$_/Systemd/Journal.pm" } grep { !ref } @INC;
    require Systemd::Journal;
}

my $journald = Journald->new;
my $journal  = Systemd::Journal->new(caller_details => 0);
my $sent     = 0;
ok !eval {
    local $SIG{ALRM} = sub { die "too long\n" };
    alarm 1;
    $journal->send("entry " . $sent++) while 1;
    1;
}, 'the handler ends the call';
alarm 0;
is $@, "too long\n", 'by its exception';
my @entries;
while (my %entry = $journald->entry) { push @entries, $entry{MESSAGE} }
is_deeply \@entries, [map { "entry $_" } 0 .. $sent - 2], 'all before it arrived';

# A handler that returns lets it go on.
$sent = 0;
my $reader = fork // die "fork: $!";
if (!$reader) {
    # It begins to read when the other waits.
    select undef, undef, undef, 0.5;
    my $count = 0;
    my $wait = IO::Select->new($journald->{entries});
    while ($count < 2000) {
        $wait->can_read(60) or last;
        my %entry = $journald->entry;
        last if $entry{MESSAGE} ne "entry $count";
        $count++;
    }
    require POSIX;
    POSIX::_exit($count == 2000 ? 0 : 1);
}
my $signals = 0;
local $SIG{ALRM} = sub { $signals++ };
require Time::HiRes;
Time::HiRes::setitimer(Time::HiRes::ITIMER_REAL(), 0.05, 0.05);
is scalar(grep { $journal->send("entry $_") != 1 } 0 .. 1999), 0, "all were taken";
Time::HiRes::setitimer(Time::HiRes::ITIMER_REAL(), 0);
waitpid $reader, 0;
is $?, 0, 'each entry arrived once, in order';
cmp_ok $signals, '>', 0, 'and the handler ran';

done_testing;
