use v5.26;
use warnings;
use utf8;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Receiver;
use Systemd::Daemon qw( -hard notify );

my $receiver = Receiver->new;
local $ENV{NOTIFY_SOCKET} = $receiver->address;

sub sent_is {
    my ($arguments, $expected, $name) = @_;
    is notify(@$arguments), 1, "$name: sent";
    is $receiver->text, $expected, $name;
    return;
}

sent_is [READY => 1], "READY=1\n", 'a switch';
sent_is [READY => 1, STATUS => 'a b', MAINPID => 42], "READY=1\nSTATUS=a b\nMAINPID=42\n", 'in the order given';

done_testing;
