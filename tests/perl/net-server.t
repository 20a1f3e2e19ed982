# The example on Debian's Net::Server, as a service of a real manager: ready, answering, alive, stuck, started anew.
use v5.26;
use warnings;
use Cwd 'getcwd';
use lib map { getcwd . "/$_" } qw( target/perl/blib/lib target/perl/blib/arch bindings/perl/t/lib );
use FindBin;
# Manager looks for the checkout from the module's own tests.
BEGIN { $FindBin::Bin = getcwd . '/bindings/perl/t' }
use Manager;
use File::Temp;
use IO::Socket::INET;
use Test::More;

IO::Socket::INET->new(Proto => 'udp', PeerAddr => '127.0.0.1:9') or plan skip_all => 'no loopback interface is up here';

# A parent that is killed leaves Net::Server's lock file.
my $scratch = File::Temp->newdir;
my $service = Manager->start('net-server', getcwd . '/bindings/perl/eg/net-server', 'WatchdogSec=3', 'Restart=on-watchdog',
    "Environment=TMPDIR=$scratch");
$service->wait_for(SubState => 'running', 'it runs');
my ($port) = $service->show('StatusText') =~ /^Listening on port (\d+)$/;
ok $port, 'its port' or diag $service->errors;
my $pid = $service->show('MainPID');

sub echo {
    local $SIG{ALRM} = sub { die "no answer in a minute\n" };
    alarm 60;
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 60) or return "no connection: $@";
    print $socket "hello\n";
    my $answer = <$socket>;
    alarm 0;
    return $answer // 'no answer';
}
my ($child) = (eval { echo() } // $@) =~ /^(\d+) hello\r?$/;
ok $child && $child != $pid, 'a child answers';

# Long enough to die without heartbeats.
sleep 5;
is $service->show('NRestarts'), 0, 'it is alive';
is $service->show('MainPID'), $pid, 'its main process is the parent';

# The parent does nothing any more; its children go on.
kill STOP => $pid;
$service->wait_for(NRestarts => 1, 'a parent that is stuck is started anew');
$service->wait_for(SubState => 'running', 'and runs again');
$service->stop;
is $service->show('Result'), 'success', 'it stops when told so';
is $service->errors, '', 'nothing to complain of';

done_testing;
