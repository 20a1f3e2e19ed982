# What a real service manager makes of the messages.
use v5.26;
use warnings;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use Manager;

# Texts: in UTF-8 however they are stored, and never an assignment.
my $texts = Manager->start('texts', <<'END', 'FileDescriptorStoreMax=5');
use utf8;
my $refused = eval { notify(STATUS => "x\nMAINPID=1"); 1 } ? '' : $@;
notify(READY => 1, STATUS => "✓ \x{e4}" . ($refused =~ /newline/));
$SIG{USR1} = sub { notify(STATUS => 'first', STATUS => 'second') };
$SIG{HUP}  = sub { open my $file, '<', $0; notify(FDSTORE => 1, FDNAME => 'me', fds => [$file, $file, \*STDIN]) };
sleep 1 while 1;
END
$texts->wait_for(SubState => 'running', 'READY');
is $texts->show('StatusText'), "\xe2\x9c\x93 \xc3\xa41", 'STATUS in UTF-8, and no newline';
$texts->signal('USR1');
$texts->wait_for(StatusText => 'first', 'the first of two texts counts');
$texts->signal('HUP');
# The manager keeps one of each file.
$texts->wait_for(NFileDescriptorStore => 2, 'FDSTORE with descriptors');
$texts->stop;

# Reloading and stopping.
my $states = Manager->start('states', <<'END');
notify(READY => 1);
$SIG{HUP}  = sub { notify(RELOADING => 1) };
$SIG{USR1} = sub { notify(READY => 1) };
$SIG{USR2} = sub { notify(STOPPING => 1) };
sleep 1 while 1;
END
$states->wait_for(ActiveState => 'active', 'READY');
$states->signal('HUP');
$states->wait_for(ActiveState => 'reloading', 'RELOADING');
$states->signal('USR1');
$states->wait_for(ActiveState => 'active', 'READY again');
$states->signal('USR2');
$states->wait_for(ActiveState => 'deactivating', 'STOPPING');
# The manager now waits for its end, and sends it nothing.
$states->signal('KILL');
$states->wait_for(ActiveState => 'failed', 'its end');

# What a process says of its own failure, with no more than Perl's notion of truth and a status for its exit.
my $failure = Manager->start('failure', <<'END');
notify(RELOADING => 10, READY => 'yes');
notify(ERRNO => 2, STATUS => '47% done');
exit 55;
END
$failure->wait_for(ActiveState => 'failed', 'a failure');
is $failure->show($_->[0]), $_->[1], $_->[0] for [StatusErrno => 2], [StatusText => '47% done'], [ExecMainStatus => 55];

# The watchdog: its interval, and its trigger.
my $watchdog = Manager->start('watchdog', <<'END', 'WatchdogSec=77', 'Restart=on-watchdog');
notify(READY => 1, STATUS => join ' ', sd_watchdog_enabled(1), sd_watchdog_enabled(), sd_booted());
$SIG{USR1} = sub { notify(WATCHDOG => 'trigger') };
sleep 1 while 1;
END
$watchdog->wait_for(SubState => 'running', 'a watchdog');
is $watchdog->show('StatusText'), '77000000 0 1', 'its interval in microseconds';
$watchdog->signal('USR1');
$watchdog->wait_for(NRestarts => 1, 'the trigger');
$watchdog->stop;

# The last words of a process that ends at once: the barrier has them attributed to the unit.
my $barrier = Manager->start('barrier', <<'END', 'NotifyAccess=all');
for my $number (1 .. 20) {
    my $child = fork // die;
    if (!$child) {
        notify(STATUS => "child $number");
        exit(sd_notify_barrier(0, 30_000_000) == 1 ? 0 : 1);
    }
    waitpid $child, 0;
    die "child $number: $?" if $?;
}
notify(READY => 1);
sleep 1 while 1;
END
$barrier->wait_for(SubState => 'running', 'twenty children');
is $barrier->show('StatusText'), 'child 20', 'whose last words have arrived';
$barrier->stop;

# Sockets passed, with their names.
Manager::unit("activated-$_.socket", '[Socket]', "ListenDatagram=\@sdnotify-perl/$$/$_", "FileDescriptorName=$_",
    'Service=activated.service') for qw( a b );
my $activated = Manager->start('activated', <<'END', map { "Sockets=activated-$_.socket" } qw( a b ));
my ($count, @names) = sd_listen_fds_with_names(1);
my @unix = map { sd_is_socket_unix($_, 2, 0) } $SD_LISTEN_FDS_START .. $SD_LISTEN_FDS_START + $count - 1;
notify(READY => 1, STATUS => join ' ', $count, sort(@names), @unix, exists $ENV{LISTEN_FDS} ? 'set' : 'unset');
sleep 1 while 1;
END
$activated->wait_for(SubState => 'running', 'socket activation');
is $activated->show('StatusText'), '2 a b 1 1 unset', 'two sockets and their names';
$activated->stop;

is $_->errors, '', "$_->{name} has nothing to complain of" for $texts, $states, $failure, $watchdog, $barrier, $activated;

done_testing;
