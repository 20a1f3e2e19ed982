package Systemd::Daemon;

use strict;
use warnings;

our $VERSION = '@VERSION@';

require XSLoader;

# Variables, as in CPAN's module: they can be interpolated, and nothing can be assigned to them.
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
our @EXPORT_OK = ('notify', @{ $EXPORT_TAGS{sd} }, @{ $EXPORT_TAGS{sdn} });
$EXPORT_TAGS{all} = \@EXPORT_OK;

# Why the library cannot be used here; undef if it can.
my $load_error;

sub load_error { return $load_error }

sub _define_functions {
    my ($code) = @_;
    no strict 'refs';
    no warnings 'redefine';
    *{"Systemd::Daemon::$_"} = $code for grep { !/^\$/ } @EXPORT_OK;
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

sub _croak {
    my ($message) = @_;
    require Carp;
    Carp::croak("Systemd::Daemon: $message");
}

my $soft_warned;

# Without the library: an exception, or (soft) functions that do nothing and say so by their result.
sub _do_without {
    my ($soft) = @_;
    _croak($load_error) if !$soft;
    require Errno;
    my $result = -Errno::ENOSYS();
    _define_functions(sub { return $result });
    # A service manager waits in vain: its operator should learn why.
    warn "Systemd::Daemon: nothing will be sent to \$NOTIFY_SOCKET: $load_error\n"
        if defined $ENV{NOTIFY_SOCKET} && !$soft_warned++;
    return;
}

# The names that one item of an import list stands for.
sub _expand {
    my ($item) = @_;
    if (ref $item eq 'Regexp') {
        return grep { $_ =~ $item } @EXPORT_OK;
    }
    if (my ($pattern, $flags) = $item =~ m{^/(.*)/([imsx]*)$}s) {
        return grep { /(?$flags:$pattern)/ } @EXPORT_OK;
    }
    if (my ($tag) = $item =~ /^[:-](.*)/s) {
        return @{ $EXPORT_TAGS{$tag} || _croak("no tag \"$tag\" to import") };
    }
    (my $name = $item) =~ s/^&//;
    return grep({ $_ eq $name } @EXPORT_OK) ? $name : _croak("no \"$item\" to import");
}

sub _install {
    my ($name, $how) = @_;
    my ($sigil, $bare) = $name =~ /^(\$?)(.*)/;
    my $as = $how->{-as};
    $as = ($how->{-prefix} // '') . $bare . ($how->{-suffix} // '') if !defined $as;
    $as =~ s/^[\$&]//;
    _croak("not a name: \"$as\"") if $as !~ /^\w+\z/;
    no strict 'refs';
    *{"$how->{into}::$as"} = $sigil ? \${"Systemd::Daemon::$bare"} : \&{"Systemd::Daemon::$bare"};
    return;
}

sub import {
    my (undef, @list) = @_;
    my %common = (into => scalar caller, ref $list[0] eq 'HASH' ? %{ shift @list } : ());
    my (%mode, %unwanted, @wanted);
    while (@list) {
        my $item = shift @list;
        my $how  = { %common, ref $list[0] eq 'HASH' ? %{ shift @list } : () };
        if    ($item =~ /^-(hard|soft)$/) { $mode{$1} = 1 }
        elsif ($item =~ s/^!//)           { $unwanted{$_} = 1 for _expand($item) }
        else                              { push @wanted, map { [$_, $how] } _expand($item) }
    }
    _croak('options hard and soft are mutually exclusive') if $mode{hard} && $mode{soft};
    _do_without($mode{soft})                               if defined $load_error;
    _install(@$_) for grep { !$unwanted{ $_->[0] } } @wanted;
    return;
}

1;
