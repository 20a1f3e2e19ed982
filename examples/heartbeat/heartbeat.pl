#!/usr/bin/perl
# heartbeat: a service whose manager notices if its main loop hangs. Its work is to read the machine's load.
#
# The main loop sends the heartbeat, after the work of each iteration: a loop that hangs misses it. A separate process or
# timer would keep beating.

use strict;
use warnings;
use Systemd::Daemon qw( -hard notify notify_error sd_watchdog_enabled );

sub read_load {
    open my $file, '<', '/proc/loadavg' or die "/proc/loadavg: $!\n";
    my ($load) = split ' ', scalar <$file>;
    return $load;
}

# Without a watchdog (no WatchdogSec=, or no service manager), iterate every 10 s.
my $usec = sd_watchdog_enabled();
if ($usec < 0) {
    $! = -$usec;
    die "the watchdog: $!\n";
}
my $interval = ($usec || 20e6) / 2e6;

my $stopping;
local @SIG{qw( TERM INT )} = (sub { $stopping = 1 }) x 2;

my $iterations = 0;
until ($stopping) {
    my $load = read_load();
    $iterations++;
    my $result = notify(
        READY    => $iterations == 1,
        WATCHDOG => 1,
        STATUS   => "Load $load, iteration $iterations.",
    );
    warn notify_error($result), "\n" if $result < 0;
    # A signal ends the wait; one that arrives just before it is handled after it.
    select undef, undef, undef, $interval if !$stopping;
}

notify( STOPPING => 1, STATUS => 'Stopping.' );
