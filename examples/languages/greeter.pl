#!/usr/bin/perl
# A socket-activated service in Perl by FFI::Platypus, for programs that have it already. The module Systemd::Daemon
# (bindings/perl) needs nothing but Perl and is faster.
#
#     sdnotify run --watchdog 2s --listen /tmp/greeter.sock -- perl greeter.pl
use strict;
use warnings;
use Encode qw( encode_utf8 );
use FFI::Platypus 1.00;
use IO::Select;
use IO::Socket::UNIX;
use POSIX qw( strerror );

my $ffi = FFI::Platypus->new( api => 1, lib => 'libsdnotify.so.0' );
$ffi->attach( sdn_connect            => [ 'int', 'int*' ]    => 'int' );
$ffi->attach( sdn_send               => [ 'int', 'string' ]  => 'int' );
$ffi->attach( sdn_status             => [ 'int', 'string' ]  => 'int' );
$ffi->attach( sdn_heartbeat_interval => [ 'int', 'uint64*' ] => 'int' );
$ffi->attach( sd_listen_fds          => ['int']              => 'int' );

# Says what went wrong, and goes on: the service must run without its manager too.
sub say_to_manager {
    my ( $what, $result ) = @_;
    warn "$what: ", strerror( -$result ), "\n" if $result < 0;
    return $result;
}

# 1: the variables are removed from the environment of C, so children do not have them. %ENV is a copy and still
# has them; they are deleted there below, for code that asks %ENV.
my ( $channel, $usec ) = ( -1, 0 );
my $address = $ENV{NOTIFY_SOCKET} // '';
say_to_manager( "sdn_connect to $address", sdn_connect( 1, \$channel ) );
say_to_manager( 'WATCHDOG_USEC', sdn_heartbeat_interval( 1, \$usec ) );
sd_listen_fds(1) == 1 or die "one socket is needed: start this by a .socket unit, or with sdnotify run --listen\n";
delete @ENV{qw( NOTIFY_SOCKET WATCHDOG_USEC WATCHDOG_PID LISTEN_FDS LISTEN_PID LISTEN_FDNAMES LISTEN_PIDFDID )};

my $server = IO::Socket::UNIX->new_from_fd( 3, 'r+' ) or die "descriptor 3: $!\n";
pipe( my $stop, my $wake ) or die "pipe: $!\n";
$wake->blocking(0);
$SIG{TERM} = sub { syswrite $wake, '.' };
my $select = IO::Select->new( $server, $stop );
say_to_manager( 'READY=1', sdn_send( $channel, "READY=1\nSTATUS=Waiting for guests" ) );
my $greeted = 0;
while (1) {
    my @ready = $select->can_read( $usec ? $usec / 1e6 : undef );
    last if grep { $_ == $stop } @ready;
    if ( grep { $_ == $server } @ready ) {
        my $guest = $server->accept or next;
        print {$guest} "Hello from Perl\n";
        close $guest;
        $greeted++;
        say_to_manager( 'status', sdn_status( $channel, encode_utf8("$greeted greeted \x{2713}") ) );
    }
    say_to_manager( 'WATCHDOG=1', sdn_send( $channel, 'WATCHDOG=1' ) ) if $usec;
}
say_to_manager( 'STOPPING=1', sdn_send( $channel, 'STOPPING=1' ) );
