# The examples with a heartbeat, as services of a real manager: they live while their loops turn, and are started anew when
# a loop is stuck.
use v5.26;
use warnings;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use Manager;

my %needs = (plain => 'Time::HiRes', anyevent => 'AnyEvent', 'io-async' => 'IO::Async::Loop', mojo => 'Mojolicious');
my @services;
for my $name (sort keys %needs) {
    if   (eval "require $needs{$name}") { push @services, $name }
    else                                { diag "not tested: heartbeat-$name, as $needs{$name} is not installed" }
}

# All at once: the time is for waiting.
my %services = map {
    $_ => Manager->start("heartbeat-$_", "$FindBin::Bin/../eg/heartbeat-$_", 'WatchdogSec=3', 'Restart=on-watchdog')
} @services;
$services{$_}->wait_for(SubState => 'running', "$_ runs") for @services;
is $services{$_}->show('StatusText'), 'Waiting for work', "$_ says so" for @services;

# Long enough to die without heartbeats.
sleep 5;
is $services{$_}->show('NRestarts'), 0, "$_ is alive" for @services;

$services{$_}->signal('USR1') for @services;
$services{$_}->wait_for(NRestarts => 1, "$_ is started anew") for @services;
for (@services) {
    like Manager::manager_log(), qr/heartbeat-$_\.service: Watchdog timeout \(limit 3s\)!/, "$_ missed its heartbeat";
    $services{$_}->wait_for(StatusText => 'Waiting for work', "$_ runs again");
    $services{$_}->stop;
    is $services{$_}->show('Result'), 'success', "$_ stops when told so";
    is $services{$_}->errors, '', "$_ has nothing to complain of";
}

done_testing;
