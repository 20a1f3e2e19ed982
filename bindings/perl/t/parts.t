# The two modules inside CPAN's Systemd::Daemon 0.07, which its callers can name.
use v5.26;
use warnings FATAL => 'all';
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use Errno 'ENOSYS';
use Systemd::Daemon::Stub;
use Systemd::Daemon::XS;

delete @ENV{qw( NOTIFY_SOCKET LISTEN_PID LISTEN_FDS )};
is Systemd::Daemon::XS::sd_notify(0, 'READY=1'), 0, 'XS: a function';
is Systemd::Daemon::XS::sd_is_socket_unix((0) x 6), 0, 'XS: with the arguments that 0.07 wants';
is Systemd::Daemon::Stub::sd_notify(0, 'READY=1'), -ENOSYS, 'Stub: a function';
is "$Systemd::Daemon::XS::SD_ERR$Systemd::Daemon::Stub::SD_ERR", '<3><3>', 'a constant';
for my $module (qw( XS Stub )) {
    eval "package Some$module; use Systemd::Daemon::$module qw( sd_notify \$SD_EMERG ); 1" or die;
    ok "Some$module"->can('sd_notify') && !"Some$module"->can('sd_is_fifo'), "$module: some";
    eval "package All$module; use Systemd::Daemon::$module ':all'; 1" or die;
    is_deeply [grep { !/^\$/ && !"All$module"->can($_) } @{ $Systemd::Daemon::EXPORT_TAGS{sd} }], [], "$module: all";
    ok !"All$module"->can('sdn_connect'), "$module: no more";
}
isnt \&Systemd::Daemon::sd_notify, \&Systemd::Daemon::Stub::sd_notify, 'the stubs are theirs alone';

done_testing;
