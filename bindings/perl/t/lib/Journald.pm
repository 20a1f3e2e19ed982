package Journald;

# journald's sockets, in a mount namespace that a test which uses this module enters as it begins; where there can be none,
# it is skipped.

use v5.26;
use warnings;
use Carp 'croak';
use File::Path 'make_path';
use IO::Select;
use Socket qw( AF_UNIX MSG_DONTWAIT SOCK_DGRAM SOCK_STREAM pack_sockaddr_un );
use Test::More;

my $directory = '/run/systemd/journal';

sub import {
    return if $ENV{SD_OWN_RUN};
    my @unshare = ('unshare', ($> ? '--map-root-user' : ()), '--mount');
    plan skip_all => 'needs a mount namespace of its own' if system "@unshare mount -t tmpfs tmpfs /run 2>/dev/null";
    $ENV{SD_OWN_RUN} = 1;
    exec @unshare, 'sh', '-c', 'mount -t tmpfs tmpfs /run && exec "$@"', 'sh', $^X, '-w', (map "-I$_", @INC), $0;
}

sub new {
    make_path($directory);
    socket my $entries, AF_UNIX, SOCK_DGRAM, 0 or croak "socket: $!";
    bind $entries, pack_sockaddr_un("$directory/socket") or croak "bind: $!";
    socket my $streams, AF_UNIX, SOCK_STREAM, 0 or croak "socket: $!";
    bind $streams, pack_sockaddr_un("$directory/stdout") or croak "bind: $!";
    listen $streams, 10 or croak "listen: $!";
    return bless { entries => $entries, streams => $streams }, shift;
}

# Whether a handle can be read.
sub _waits { return IO::Select->new($_[0])->can_read(0) }

# The next entry as a list of names and values; an empty one, if there is none.
sub entry {
    my ($self) = @_;
    return () if !_waits($self->{entries});
    defined recv($self->{entries}, my $data, 8 << 20, MSG_DONTWAIT) or croak "recv: $!";
    my @fields;
    while (length $data) {
        if ($data =~ s/^([^\n=]*)=([^\n]*)\n//) {
            push @fields, $1, $2;
            next;
        }
        $data =~ s/^([^\n]*)\n// or croak "no field: $data";
        my $name   = $1;
        my $length = unpack 'Q<', substr $data, 0, 8, '';
        push @fields, $name, substr($data, 0, $length, '');
        $data =~ s/^\n// or croak "not the end of $name: $data";
    }
    return @fields;
}

# What was written to the next stream.
sub stream {
    my ($self) = @_;
    return undef if !_waits($self->{streams});
    accept my $stream, $self->{streams} or croak "accept: $!";
    local $/;
    return scalar <$stream>;
}

# Nothing more was sent.
sub is_quiet { return !_waits($_[0]{entries}) && !_waits($_[0]{streams}) }

# journald goes, as in a container.
sub leave { return rename $directory, "$directory-away" }
sub return { return rename "$directory-away", $directory }

1;
