#!/usr/bin/perl
# heartbeat: a service whose manager notices when its main loop is stuck. Its work is to read the machine's load.
#
# The beat comes out of the main loop, after the work of each turn: a loop that hangs misses it. A process or a timer
# beside the loop would go on beating.

use strict;
use warnings;
use Systemd::Daemon qw( -hard notify notify_error sd_watchdog_enabled );

sub read_load {
    open my $file, '<', '/proc/loadavg' or die "/proc/loadavg: $!\n";
    my ($load) = split ' ', scalar <$file>;
    return $load;
}

# 0: nobody watches (the unit has no WatchdogSec=, or there is no service manager), then each 10 s will do.
my $usec = sd_watchdog_enabled();
if ($usec < 0) {
    $! = -$usec;
    die "the watchdog: $!\n";
}
my $interval = ($usec || 20e6) / 2e6;

my $stopping;
local @SIG{qw( TERM INT )} = (sub { $stopping = 1 }) x 2;

my $turns = 0;
until ($stopping) {
    my $load = read_load();
    $turns++;
    my $result = notify(
        READY    => $turns == 1,
        WATCHDOG => 1,
        STATUS   => "Load $load after $turns turns.",
    );
    warn notify_error($result), "\n" if $result < 0;
    # A signal ends the wait; one that comes just before it has to wait for its end.
    select undef, undef, undef, $interval if !$stopping;
}

notify( STOPPING => 1, STATUS => 'Stopping.' );
