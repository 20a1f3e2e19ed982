# The two modules inside CPAN's Systemd::Daemon 0.07, which its callers can name.
use v5.26;
use warnings FATAL => 'all';
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use Errno 'ENOSYS';
use Receiver;
use Systemd::Daemon::Stub;
use Systemd::Daemon::XS;

delete @ENV{qw( NOTIFY_SOCKET LISTEN_PID LISTEN_FDS )};
is Systemd::Daemon::XS::sd_notify(0, 'READY=1'), 0, 'XS: a function';
is Systemd::Daemon::XS::sd_is_socket_unix((0) x 6), 0, 'XS: with the arguments that 0.07 wants';
is Systemd::Daemon::Stub::sd_notify(0, 'READY=1'), -ENOSYS, 'Stub: a function';
for my $name (grep { !/^\$/ } @{ $Systemd::Daemon::EXPORT_TAGS{sd} }) {
    no strict 'refs';
    is &{"Systemd::Daemon::Stub::$name"}(0, 0, 0), -ENOSYS, "Stub: $name";
}
is "$Systemd::Daemon::XS::SD_ERR$Systemd::Daemon::Stub::SD_ERR", '<3><3>', 'a constant';
for my $module (qw( XS Stub )) {
    eval "package Some$module; use Systemd::Daemon::$module qw( sd_notify \$SD_EMERG ); 1" or die;
    ok "Some$module"->can('sd_notify') && !"Some$module"->can('sd_is_fifo'), "$module: some";
    eval "package All$module; use Systemd::Daemon::$module ':all'; 1" or die;
    is_deeply [grep { !/^\$/ && !"All$module"->can($_) } @{ $Systemd::Daemon::EXPORT_TAGS{sd} }], [], "$module: all";
    ok !"All$module"->can('sdn_connect'), "$module: no more";
}
# The calls that the synopsis of 0.07 shows.
{
    my $receiver = Receiver->new;
    local $ENV{NOTIFY_SOCKET} = $receiver->address;
    eval q{
        package Perlish;
        use Systemd::Daemon qw{ -soft notify };
        notify( RELOADING => 1 );
        my $percent = 50;
        notify( STATUS => "Loading, $percent\% done" );
        notify( READY => 1, STATUS => "Ready" );
        notify( STOPPING => 1 );
        package Bare;
        use Systemd::Daemon qw{ -hard -sd };
        sd_notify( 0, "READY=1\nSTATUS=Ready\n" );
        sd_pid_notify( $$, 0, "READY=1\nSTATUS=Ready\n" );
        sd_booted() >= 0 or die;
        1;
    } or die;
    like $receiver->text, qr/^RELOADING=1\nMONOTONIC_USEC=\d+\n\z/, '0.07: a reload';
    is $receiver->text, $_, '0.07: its synopsis'
        for "STATUS=Loading, 50% done\n", "READY=1\nSTATUS=Ready\n", "STOPPING=1\n", ("READY=1\nSTATUS=Ready\n") x 2;
}
isnt \&Systemd::Daemon::sd_notify, \&Systemd::Daemon::Stub::sd_notify, 'the stubs are theirs alone';

done_testing;
