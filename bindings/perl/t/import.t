# What "use Systemd::Daemon" brings, as programs written for CPAN's module ask for it.
use v5.26;
use warnings FATAL => 'all';
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use Systemd::Daemon;

my @functions = qw( notify notify_error sd_booted sd_is_fifo sd_is_mq sd_is_socket sd_is_socket_inet sd_is_socket_sockaddr
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
    sd          => [grep({ /^sd_/ } @functions), @constants],
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
is imported('qw( -all !-sd_notify !:sd_is !:sdn !/SD_/i )'), 'notify notify_error', 'all but some';
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
is imported('qw( :nothing -nothing )'), '', 'what is no tag is an option that nobody asks for, as with Exporter::Tiny';
is imported('qw( -soft -notify )'), '', 'a name with a dash is one, too';
is imported('"-default"'), '', 'the default is nothing';
is imported('qw( -default notify )'), 'notify', 'and more';
is imported('notify => undef, "sd_booted"'), 'notify sd_booted', 'no options';
is imported('notify => [], "sd_booted"'), 'notify sd_booted', 'nor a list of them';
is imported('notify => { -as => sub { uc shift } }, -sd_booted => { -as => sub { ucfirst shift } }'), 'NOTIFY Sd_booted',
    'a name from a function';
is imported('{ as => sub { "x_$_[0]" }, suffix => "_y" }, "notify"'), 'x_notify_y', 'for all';
is imported('-sd_booted => { -as => "x" }'), 'Systemd::Daemon: a tag cannot have -as', 'one name for several';
{
    my ($function, %into, @installed);
    is imported(''), '', 'nothing';
    Systemd::Daemon->import(notify => { -as => \$function });
    is $function, \&Systemd::Daemon::notify, 'into a variable';
    Systemd::Daemon->import({ into => \%into }, 'sd_booted', '$SD_ERR');
    is join(' ', sort keys %into), 'SD_ERR sd_booted', 'into a hash';
    is ${ $into{SD_ERR} }, '<3>', 'its value';
    Systemd::Daemon->import({ installer => sub { push @installed, $_[1][0] } }, 'sd_booted', '$SD_ERR');
    is "@installed", 'sd_booted $SD_ERR', 'by an installer';
}
{
    my @warnings;
    local $SIG{__WARN__} = sub { push @warnings, @_ };
    eval 'package Mine; sub notify { "mine" } use Systemd::Daemon "notify"; use Systemd::Daemon "notify"; 1' or die;
    is "@warnings" =~ s/ at .*//sr, 'Systemd::Daemon: Mine::notify is overwritten with notify', 'a warning, once';
    eval 'package Meant; sub notify { "mine" } use Systemd::Daemon notify => { -replace => 1 }; 1' or die;
    like imported('(); sub notify { 1 } use Systemd::Daemon notify => { -replace => "die" }'), qr/is not overwritten/,
        'or an exception';
    is @warnings, 1, 'no other, not where it is meant either';
}
{
    eval 'package Removed; our $notify = 7; use Systemd::Daemon qw( notify sd_booted ); no Systemd::Daemon "notify"; 1' or die;
    ok !Removed->can('notify') && Removed->can('sd_booted'), 'removed';
    is eval q($Removed::notify), 7, 'the variable of that name stays';
    eval 'package Removed; no Systemd::Daemon; 1' or die;
    ok !Removed->can('sd_booted'), 'all are removed';
    eval 'package Removed; no warnings; use Systemd::Daemon "notify"; sub notify { 8 } no Systemd::Daemon; 1' or die;
    ok(Removed->can('notify'), q(but not the package's own));
}
is imported('"SD_ERR"'), 'Systemd::Daemon: no "SD_ERR" to import', 'a constant without its sigil';
is imported('"import"'), 'Systemd::Daemon: no "import" to import', 'not everything in the package';
is imported('notify => { -as => "a b" }'), 'Systemd::Daemon: not a name: "a b"', 'not a name';
eval 'package Here; use Systemd::Daemon "nothing"; 1';
like $@, qr/to import at \(eval \d+\) line 1\./, 'the place is the caller\'s';
is Systemd::Daemon::load_error(), undef, 'the library is there';

done_testing;
