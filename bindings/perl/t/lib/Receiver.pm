package Receiver;

# A notify socket as a service manager has it: each message with its sender and the number of descriptors that came.

use v5.26;
use warnings;
use Config;
use Carp 'croak';
use Errno 'EAGAIN';
use IO::Select;
use POSIX ();
use Socket qw( AF_UNIX SOCK_DGRAM SOL_SOCKET MSG_DONTWAIT SO_PASSCRED pack_sockaddr_un );

use constant { SCM_RIGHTS => 1, SCM_CREDENTIALS => 2 };

# Perl has no recvmsg() of its own.
my %recvmsg = (x86_64 => 47, aarch64 => 212, riscv64 => 212);

sub new {
    my ($class) = @_;
    state $count = 0;
    my $name = "\0sdnotify-perl/$$/" . $count++;
    socket my $socket, AF_UNIX, SOCK_DGRAM, 0 or croak "socket: $!";
    setsockopt $socket, SOL_SOCKET, SO_PASSCRED, 1 or croak "SO_PASSCRED: $!";
    bind $socket, pack_sockaddr_un($name)          or croak "bind: $!";
    return bless { socket => $socket, address => $name =~ s/^\0/@/r }, $class;
}

# For $ENV{NOTIFY_SOCKET}.
sub address { return $_[0]{address} }

sub close { return close $_[0]{socket} }

# The text of the next message, which must be there already.
sub text {
    my ($self) = @_;
    defined recv($self->{socket}, my $text, 8 << 20, MSG_DONTWAIT) or croak "no message: $!";
    return $text;
}

sub is_empty {
    my ($self) = @_;
    return !IO::Select->new($self->{socket})->can_read(0);
}

# Whether the sender of a message and its descriptors can be seen on this machine.
sub sees_all {
    return exists $recvmsg{ machine() } && $Config{ptrsize} == 8;
}

sub machine { return +(POSIX::uname())[4] }

# The next message, all of it: { text, pid, uid, gid, fds }; the descriptors are open, and the caller's.
sub message {
    my ($self) = @_;
    my ($text, $control) = ("\0" x 65536, "\0" x 4096);
    my $data   = pack 'P J', $text, length $text;
    my $header = pack 'J I x4 P J P J i x4', 0, 0, $data, 1, $control, length $control, 0;
    my $length = syscall $recvmsg{ machine() }, fileno $self->{socket}, $header, MSG_DONTWAIT;
    croak "no message: $!" if $length < 0;
    my %message = (text => substr($text, 0, $length), fds => []);
    my $left    = substr $control, 0, (unpack 'J I x4 J J J J i x4', $header)[5];
    while (length $left >= 16) {
        my ($size, $level, $type) = unpack 'J i i', $left;
        my $content = substr $left, 16, $size - 16;
        @message{qw( pid uid gid )} = unpack 'i I I', $content if $type == SCM_CREDENTIALS;
        push @{ $message{fds} }, unpack 'i*', $content if $type == SCM_RIGHTS;
        my $padded = ($size + 7) & ~7;
        $left = length $left > $padded ? substr($left, $padded) : '';
    }
    return \%message;
}

1;
