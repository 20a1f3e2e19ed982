# What "use Systemd::Daemon" brings, as programs written for CPAN's module ask for it.
use v5.26;
use warnings FATAL => 'all';
use Test::More;
use Systemd::Daemon;

my @functions = qw( notify sd_booted sd_is_fifo sd_is_mq sd_is_socket sd_is_socket_inet sd_is_socket_sockaddr
    sd_is_socket_unix sd_is_special sd_listen_fds sd_listen_fds_with_names sd_notify sd_notify_barrier sd_notifyf
    sd_pid_notify sd_pid_notify_barrier sd_pid_notify_with_fds sd_pid_notifyf sd_pid_notifyf_with_fds
    sd_pidfd_get_inode_id sd_watchdog_enabled );
my @channel = qw( sdn_barrier sdn_connect sdn_heartbeat_interval sdn_reloading sdn_send sdn_send_with_fds sdn_sendf
    sdn_status );
my @constants = qw( $SD_ALERT $SD_CRIT $SD_DEBUG $SD_EMERG $SD_ERR $SD_INFO $SD_LISTEN_FDS_START $SD_NOTICE $SD_WARNING );

# The names that a new package has after importing, in order.
sub imported {
    my ($list) = @_;
    state $count = 0;
    my $package = 'Test' . $count++;
    eval "package $package; use Systemd::Daemon $list; 1" or return $@ =~ s/ at \(eval.*//sr;
    no strict 'refs';
    my $table = \%{"${package}::"};
    return join ' ', sort map { my $name = $_;
        (defined &{"${package}::$name"} ? $name : ()), (defined ${"${package}::$name"} ? "\$$name" : ()) }
        grep { $_ ne 'BEGIN' } keys %$table;
}

sub names { return join ' ', sort @_ }

is imported(''), '', 'nothing by default';
is imported('()'), '', 'nothing at all';
is imported('qw( -hard )'), '', 'a mode is not a name';
is imported('qw( -hard notify )'), 'notify', '-hard';
is imported('qw( notify -soft )'), 'notify', '-soft';
is imported('0.07 qw( notify )'), 'notify', 'at least the version of CPAN\'s module';
is imported('qw( sd_listen_fds $SD_LISTEN_FDS_START )'), '$SD_LISTEN_FDS_START sd_listen_fds', 'function and constant';
is imported('"&notify"'), 'notify', 'a function by its sigil';

my %tags = (
    all         => [@functions, @constants, @channel],
    sd          => [grep({ $_ ne 'notify' } @functions), @constants],
    sd_booted   => ['sd_booted'],
    sd_is       => [grep /^sd_is_/, @functions],
    sd_listen   => ['$SD_LISTEN_FDS_START', grep /^sd_listen_/, @functions],
    sd_log      => [grep !/LISTEN/, @constants],
    sd_notify   => [grep /^sd_(?:pid_)?notify/, @functions],
    sd_pidfd    => ['sd_pidfd_get_inode_id'],
    sd_watchdog => ['sd_watchdog_enabled'],
    sdn         => [@channel],
);
for my $tag (sort keys %tags) {
    is imported("':$tag'"), names(@{ $tags{$tag} }), ":$tag";
    is imported("'-$tag'"), names(@{ $tags{$tag} }), "-$tag";
}
is imported('qw( -sd_booted :sd_watchdog notify )'), 'notify sd_booted sd_watchdog_enabled', 'several';
is imported('qw( :sd_listen !sd_listen_fds )'), '$SD_LISTEN_FDS_START sd_listen_fds_with_names', 'all but one';
is imported('qw( -all !-sd_notify !:sd_is !:sdn !/SD_/i )'), 'notify', 'all but some';
is imported('"/fifo\$/"'), 'sd_is_fifo', 'by a regular expression';
is imported('qr/fifo$/'), 'sd_is_fifo', 'by a compiled one';

is imported('notify => { -as => "tell" }'), 'tell', '-as';
is imported('sd_notify => { -as => "x" }, sd_booted => { -prefix => "my_", -suffix => "_x" }'), 'my_sd_booted_x x',
    '-prefix and -suffix';
is imported('"\$SD_ERR" => { -as => "ERR" }, q($SD_CRIT) => { -prefix => "LOG_" }, q($SD_INFO) => { -as => q($I) }'),
    '$ERR $I $LOG_SD_CRIT', 'constants';
is imported('-sd_booted => { -prefix => "x_" }'), 'x_sd_booted', 'a tag with a prefix';
is imported('{ into => "Other" }, "notify"'), '', 'into another package';
ok Other->can('notify'), 'it is there';
is imported('{ -prefix => "x_" }, "notify", "sd_booted"'), 'x_notify x_sd_booted', 'a prefix for all';
{
    package Renamed;
    use Systemd::Daemon '$SD_ERR' => { -as => 'ERR' }, sd_booted => { -as => 'booted' };
    ::is "$ERR: text", '<3>: text', 'a renamed constant';
    ::is booted(), Systemd::Daemon::sd_booted(), 'a renamed function';
}

is imported('qw( -hard -soft )'), 'Systemd::Daemon: options hard and soft are mutually exclusive', '-hard and -soft';
is imported('"nothing"'), 'Systemd::Daemon: no "nothing" to import', 'no such name';
is imported('"\$SD_NOTHING"'), 'Systemd::Daemon: no "$SD_NOTHING" to import', 'no such constant';
is imported('":nothing"'), 'Systemd::Daemon: no tag "nothing" to import', 'no such tag';
is imported('"SD_ERR"'), 'Systemd::Daemon: no "SD_ERR" to import', 'a constant without its sigil';
is imported('"import"'), 'Systemd::Daemon: no "import" to import', 'not everything in the package';
is imported('notify => { -as => "a b" }'), 'Systemd::Daemon: not a name: "a b"', 'not a name';
eval 'package Here; use Systemd::Daemon "nothing"; 1';
like $@, qr/to import at \(eval \d+\) line 1\./, 'the place is the caller\'s';
is Systemd::Daemon::load_error(), undef, 'the library is there';

done_testing;
