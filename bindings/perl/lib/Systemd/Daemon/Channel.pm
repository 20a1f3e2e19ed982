package Systemd::Daemon::Channel;

# notify() for event loops: never waits for the service manager, and sends later what could not be sent.

use strict;
use warnings;

use Errno qw( EACCES EAFNOSUPPORT EAGAIN ECONNREFUSED ECONNRESET EINTR ENOBUFS ENOENT ENOMEM ENOTCONN EPIPE );
use Fcntl qw( F_GETFL F_SETFL O_NONBLOCK );
use Systemd::Daemon ();
use Time::HiRes qw( clock_gettime CLOCK_MONOTONIC );

our $VERSION = '@VERSION@';

our @CARP_NOT = qw( Systemd::Daemon Systemd::Daemon::Exporter );

# More kinds of messages than a service has.
use constant KEPT_MAX => 100;

my %later  = map { $_ => 1 } EAGAIN, EINTR, ENOBUFS, ENOMEM;
my %broken = map { $_ => 1 } EACCES, ECONNREFUSED, ECONNRESET, ENOENT, ENOTCONN, EPIPE;

sub new {
    my ($class, %options) = @_;
    my $self = bless { address => $ENV{NOTIFY_SOCKET}, beat => 0, status => undef, others => [] }, $class;
    my $unset = delete $options{unset};
    Systemd::Daemon::_croak('Channel: no such option: ' . (sort keys %options)[0]) if %options;
    $self->{error} = $self->_connect($unset) if defined $self->{address};
    return $self;
}

sub notify {
    my ($self, @message) = @_;
    Systemd::Daemon::_croak('the last variable has no value') if @message % 2;
    my ($option) = grep { /^(?:pid|unset|channel)\z/ } @message[map { 2 * $_ } 0 .. @message / 2 - 1];
    Systemd::Daemon::_croak("a channel's notify() has no option $option") if defined $option;
    # Check now, so that the caller who gave the value gets the exception, not the one who flushes.
    if (!eval { Systemd::Daemon::notify(@message, channel => undef); 1 }) {
        my $why = $@;
        die $why if ref $why || $why !~ s/ at \Q${\ __FILE__}\E line \d+\.\n\z//;
        require Carp;
        Carp::croak($why);
    }
    return 0 if !defined $self->{address};
    @message = _with_time(@message);
    if (!$self->pending) {
        my $result = $self->_send(@message);
        return $result if !$self->_to_be_kept($result);
        $self->_keep(@message) or return -ENOBUFS;
        return $result;
    }
    $self->_keep(@message) or return -ENOBUFS;
    return $self->flush;
}

sub flush {
    my ($self) = @_;
    return 0 if !defined $self->{address};
    my $worst = 1;
    while ($self->pending) {
        my @message = $self->{beat} ? (WATCHDOG => 1)
            : defined $self->{status} ? (STATUS => $self->{status})
            :                           @{ $self->{others}[0]{message} };
        my $result = $self->_send(@message);
        return $result if $self->_to_be_kept($result);
        $worst = $result if $result < 0 && $worst > 0;
        if    ($self->{beat})           { $self->{beat}   = 0 }
        elsif (defined $self->{status}) { $self->{status} = undef }
        else                            { shift @{ $self->{others} } }
    }
    return $worst;
}

sub pending {
    my ($self) = @_;
    return $self->{beat} + (defined $self->{status} ? 1 : 0) + @{ $self->{others} };
}

sub handle { return $_[0]{handle} }

sub fileno {
    my ($self) = @_;
    return defined $self->{handle} ? CORE::fileno $self->{handle} : undef;
}

sub error {
    my ($self, $result) = @_;
    local $ENV{NOTIFY_SOCKET} = $self->{address};
    return Systemd::Daemon::notify_error($result);
}

sub close {
    my ($self) = @_;
    @$self{qw( handle address beat status others )} = (undef, undef, 0, undef, []);
    return;
}

# 1, or the error of sdn_connect().
sub _connect {
    my ($self, $unset) = @_;
    my $channel = do {
        local $ENV{NOTIFY_SOCKET} = $self->{address};
        Systemd::Daemon::sdn_connect();
    };
    delete $ENV{NOTIFY_SOCKET} if $unset;
    return $channel if $channel < 0;
    open my $handle, '+<&=', $channel or die "channel: $!";
    fcntl $handle, F_SETFL, O_NONBLOCK | fcntl($handle, F_GETFL, 0) or die "channel: $!";
    $self->{handle} = $handle;
    return 1;
}

sub _send {
    my ($self, @message) = @_;
    my $result = defined $self->{handle} ? 1 : $self->_connect;
    if ($result > 0) {
        $result = Systemd::Daemon::notify(@message, channel => $self->{handle});
    }
    elsif ($result == -EAFNOSUPPORT) {
        # A vsock cannot be kept open: each message connects.
        local $ENV{NOTIFY_SOCKET} = $self->{address};
        $result = Systemd::Daemon::notify(@message);
    }
    return $result;
}

sub _to_be_kept {
    my ($self, $result) = @_;
    return 1 if $result < 0 && $later{ -$result };
    return 0 if $result >= 0 || !$broken{ -$result };
    # The manager may have a new socket at the same address.
    $self->{handle} = undef;
    return 1;
}

# The beat, the newest status, and the newest of each other message.
sub _keep {
    my ($self, @message) = @_;
    my (@other, $others, @names);
    while (my ($name, $value) = splice @message, 0, 2) {
        if ($name eq 'WATCHDOG' && $value && $value ne 'trigger') { $self->{beat} = 1; next }
        if ($name eq 'STATUS') { $self->{status} = "$value"; next }
        push @other, $name, $value;
        push @names, $name eq 'FDNAME' ? "$name=$value" : $name;
    }
    return 1 if !@other;
    my $key = join ' ', @names;
    $others = $self->{others};
    @$others = grep { $_->{key} ne $key } @$others;
    return 0 if @$others >= KEPT_MAX;
    push @$others, { key => $key, message => \@other };
    return 1;
}

# RELOADING=1 with the time of the call, not of a later flush.
sub _with_time {
    my (@message) = @_;
    my %given = @message;
    return @message if !$given{RELOADING} || exists $given{MONOTONIC_USEC};
    my $now = clock_gettime(CLOCK_MONOTONIC);
    return (@message, MONOTONIC_USEC => sprintf '%d', $now * 1e6);
}

1;
