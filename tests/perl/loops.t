# Event loops of Debian's packages beside a service manager that reads nothing: the loop turns on, and what was to be said
# arrives when the manager reads again, the heartbeat first.
use v5.26;
use warnings;
use Cwd 'getcwd';
use lib map { getcwd . "/$_" } qw( target/perl/blib/lib target/perl/blib/arch bindings/perl/t/lib );
use AnyEvent ();
use IO::Async ();
use Mojolicious ();
use Receiver;
use Test::More;

# A program with a timer, tick(), every 10 ms; $end ends its loop.
my %loops = (
    AnyEvent => 'use AnyEvent; my $end = AnyEvent->condvar; my $timer = AnyEvent->timer(interval => 0.01, cb => sub { tick() });
        sub end { $end->send } $end->recv;',
    'IO::Async' => 'use IO::Async::Loop; use IO::Async::Timer::Periodic; my $loop = IO::Async::Loop->new;
        $loop->add(IO::Async::Timer::Periodic->new(interval => 0.01, on_tick => sub { tick() })->start);
        sub end { $loop->stop } $loop->run;',
    Mojo => 'use Mojo::IOLoop; Mojo::IOLoop->recurring(0.01 => sub { tick() }); sub end { Mojo::IOLoop->stop } Mojo::IOLoop->start;',
);
# It has far more to say than the queue takes, and says on standard output when it has said it.
my $service = <<'END';
use strict; use warnings; use Systemd::Daemon::Channel;
$| = 1;
my $manager = Systemd::Daemon::Channel->new;
my $turns = 0;
sub tick {
    $turns++;
    $manager->notify(STATUS => "Turn $turns");
    $manager->notify(WATCHDOG => 1);
    if ($turns == 200) { $manager->notify(READY => 1); print "200 turns\n" }
    end() if $turns > 200 && !$manager->pending;
}
END

for my $loop (sort keys %loops) {
    no strict 'refs';
    my $version = ($loop eq 'Mojo' ? 'Mojolicious' : $loop)->VERSION;
    my $receiver = Receiver->new;
    local $ENV{NOTIFY_SOCKET} = $receiver->address;
    my $pid = open my $out, '-|', $^X, '-w', (map { "-I$_" } grep { !ref } @INC), '-e', $service . $loops{$loop} or die "$^X: $!";
    # A loop that stops would stop for good.
    local $SIG{ALRM} = sub { kill KILL => $pid };
    alarm 120;
    is scalar(<$out>), "200 turns\n", "$loop $version: turns beside a full queue";
    my @texts;
    while (IO::Select->new($receiver->{socket})->can_read(60)) {
        push @texts, $receiver->text;
        last if $texts[-1] =~ /READY/;
    }
    like join('', @texts), qr/WATCHDOG=1\nSTATUS=Turn (\d{3,})\nREADY=1\n\z/, "$loop: beat, newest status, and readiness arrive";
    # Read on until it ends.
    while (kill 0 => $pid) {
        $receiver->text while !$receiver->is_empty;
        last if waitpid($pid, 1) == $pid;
        select undef, undef, undef, 0.01;
    }
    alarm 0;
    is $?, 0, "$loop: it ends";
}

done_testing;
