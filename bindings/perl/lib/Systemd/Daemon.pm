package Systemd::Daemon;

use strict;
use warnings;

our $VERSION = '@VERSION@';

require XSLoader;
require Systemd::Daemon::Exporter;
our @ISA = ('Systemd::Daemon::Exporter');

# Read-only variables, as in CPAN's module, so that they can be interpolated.
*SD_LISTEN_FDS_START = \3;
*SD_EMERG            = \'<0>';
*SD_ALERT            = \'<1>';
*SD_CRIT             = \'<2>';
*SD_ERR              = \'<3>';
*SD_WARNING          = \'<4>';
*SD_NOTICE           = \'<5>';
*SD_INFO             = \'<6>';
*SD_DEBUG            = \'<7>';

our %EXPORT_TAGS = (
    sd_booted => [qw( sd_booted )],
    sd_is     => [qw( sd_is_fifo sd_is_mq sd_is_socket sd_is_socket_inet sd_is_socket_sockaddr sd_is_socket_unix
        sd_is_special )],
    sd_listen => [qw( $SD_LISTEN_FDS_START sd_listen_fds sd_listen_fds_with_names )],
    sd_log    => [qw( $SD_ALERT $SD_CRIT $SD_DEBUG $SD_EMERG $SD_ERR $SD_INFO $SD_NOTICE $SD_WARNING )],
    sd_notify => [qw( sd_notify sd_notifyf sd_notify_barrier sd_pid_notify sd_pid_notifyf sd_pid_notifyf_with_fds
        sd_pid_notify_barrier sd_pid_notify_with_fds )],
    sd_pidfd    => [qw( sd_pidfd_get_inode_id )],
    sd_watchdog => [qw( sd_watchdog_enabled )],
);
$EXPORT_TAGS{sd} = [map { @$_ } @EXPORT_TAGS{ sort keys %EXPORT_TAGS }];
$EXPORT_TAGS{sdn} = [qw( sdn_barrier sdn_connect sdn_heartbeat_interval sdn_reloading sdn_send sdn_send_with_fds sdn_sendf
    sdn_status )];
our @EXPORT_OK = ('notify', 'notify_error', @{ $EXPORT_TAGS{sd} }, @{ $EXPORT_TAGS{sdn} });
$EXPORT_TAGS{all} = \@EXPORT_OK;

# Why the library cannot be used here; undef if it can.
my $load_error;

sub load_error { return $load_error }

sub _define_functions {
    my ($code) = @_;
    no strict 'refs';
    no warnings 'redefine';
    *{"Systemd::Daemon::$_"} = $code for grep { !/^\$/ && $_ ne 'notify_error' } @EXPORT_OK;
    return;
}

{
    local $@;
    local $SIG{__DIE__};
    if (!eval { XSLoader::load('Systemd::Daemon', $VERSION); 1 }) {
        ($load_error = $@) =~ s/ at \S+ line \d+\.?\n.*//s;
        _define_functions(sub { _croak($load_error) });
    }
}

sub _croak { return Systemd::Daemon::Exporter::_croak(__PACKAGE__, @_) }

# The address that $NOTIFY_SOCKET had when it was removed.
our $_address;

# An address is foreign text: it must not reach a terminal unquoted, or end the line.
sub _shown { return $_[0] =~ s/([^\x21-\x7e])/sprintf '\\x%02x', ord $1/ger }

sub notify_error {
    my ($result) = @_;
    return '' if $result >= 0;
    my $address = _shown($ENV{NOTIFY_SOCKET} // $_address // '$NOTIFY_SOCKET');
    require Errno;
    my $why = $result == -Errno::EMSGSIZE() ? 'the message is longer than systemd reads' : do { local $! = -$result; "$!" };
    return "cannot notify $address: $why";
}

my $soft_warned;

# Without the library: an exception, or (soft) functions that do nothing and return -ENOSYS.
sub _do_without {
    my ($soft) = @_;
    _croak($load_error) if !$soft;
    require Errno;
    my $result = -Errno::ENOSYS();
    _define_functions(sub { return $result });
    # A service manager waits in vain, and its operator should learn why.
    warn "Systemd::Daemon: nothing will be sent to " . _shown($ENV{NOTIFY_SOCKET}) . ": $load_error\n"
        if defined $ENV{NOTIFY_SOCKET} && !$soft_warned++;
    return;
}

sub _validate_import {
    my ($class, $options) = @_;
    _croak('options hard and soft are mutually exclusive') if $options->{hard} && $options->{soft};
    _do_without($options->{soft})                          if defined $load_error;
    return;
}

1;
