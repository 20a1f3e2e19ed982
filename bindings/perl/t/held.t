# Values whose code (overloading, ties, fileno(), a handler of warnings) releases or changes the other arguments of the call,
# or moves Perl's stack: each argument counts as it was given, and no memory is read that was given back.
use v5.26;
use warnings;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use Receiver;
use Systemd::Daemon qw( -hard notify :sd :sdn );

my $receiver = Receiver->new;
$ENV{NOTIFY_SOCKET} = $receiver->address;

# What takes the place of memory that was given back.
my @recycled;
sub recycle { push @recycled, map { 'MAINPID=1' . '1' x $_[0] } 1 .. 200; return }

{
    package Hostile;
    use overload '""' => sub { $_[0]{code}->(); $_[0]{text} }, '0+' => sub { $_[0]{code}->(); $_[0]{number} },
        bool => sub { $_[0]{code}->(); 1 }, fallback => 1;
    sub new    { my ($class, $code, $text) = @_; return bless { code => $code, text => $text // 'v', number => 0 }, $class }
    sub fileno { my ($self) = @_; $self->{code}->(); return 0 }
}

# What went out. An exception says the same as a wrong message.
sub sent { my ($call) = @_; return eval { $call->(); $receiver->text } // "exception: $@" }

# The stack moves: it has some hundred places at first. (Overloading has a stack of its own, fileno() has not.)
{
    my @many = map { ("V$_" => "value $_") } 1 .. 50;
    my $moves = Hostile->new(sub { my $count = () = (1) x 200_000; recycle(900) });
    is sent(sub { notify(A => 'v', fds => [$moves], @many) }), join('', "A=v\n", map { "V$_=value $_\n" } 1 .. 50),
        'notify: the stack moves';
    is sent(sub { sd_pid_notifyf_with_fds(0, 0, [Hostile->new(sub { my $count = () = (1) x 900_000; recycle(900) })],
        '%s' . ' %s' x 49, map { "value $_" } 1 .. 50) }), join(' ', map { "value $_" } 1 .. 50),
        'sd_pid_notifyf_with_fds: the stack moves';
}

# Arguments are released: elements of an array that is emptied.
sub releasing {
    my ($call, $expected, $name) = @_;
    my @given;
    my $hostile = Hostile->new(sub { @given = (); recycle(40) });
    @given = $call->(undef, $hostile);
    is sent(sub { $call->(\@given) }), $expected, $name;
    return;
}
releasing(sub { $_[0] ? notify(@{ $_[0] }) : (A => $_[1], STATUS => 'the text that was given, long enough to be stored') },
    "A=v\nSTATUS=the text that was given, long enough to be stored\n", 'notify: values');
releasing(sub { $_[0] ? notify(@{ $_[0] }) : (fds => [$_[1], 0], 'STATUS' => 'x' x 45) }, 'STATUS=' . 'x' x 45 . "\n",
    'notify: fileno()');
releasing(sub { $_[0] ? sd_pid_notify_with_fds(@{ $_[0] }) : (0, 0, 'STATE=' . 'x' x 41, [$_[1], 0]) }, 'STATE=' . 'x' x 41,
    'sd_pid_notify_with_fds: the state');
releasing(sub { $_[0] ? sd_pid_notify(@{ $_[0] }) : ($_[1], 0, 'STATE=' . 'x' x 41) }, 'STATE=' . 'x' x 41, 'sd_pid_notify');
releasing(sub { $_[0] ? sd_notifyf(@{ $_[0] }) : (0, '%s ' . 'x' x 41 . ' %s', $_[1], 'y' x 46) },
    'v ' . 'x' x 41 . ' ' . 'y' x 46, 'sd_notifyf: format and arguments');
releasing(sub { $_[0] ? sd_pid_notifyf_with_fds(@{ $_[0] }) : (0, 0, [$_[1]], '%s ' . 'x' x 41, 'y' x 46) },
    'y' x 46 . ' ' . 'x' x 41, 'sd_pid_notifyf_with_fds');

# The array of descriptors itself.
{
    my ($fds, @other);
    my $first = Hostile->new(sub { undef $fds; recycle(40) });
    $fds = [$first, map { Hostile->new(sub { push @other, 1 }) } 1 .. 20];
    is notify(X => 1, fds => $fds), 1, 'an array that is released while it is read';
    is @other, 20, 'all its elements were asked';
    SKIP: {
        skip 'recvmsg() by its number is known for 64 bits of x86, ARM and RISC-V only', 1 if !Receiver->sees_all;
        is @{ $receiver->message->{fds} }, 21, 'all went along';
    }
    $receiver->text if !Receiver->sees_all;
    my @shrinks;
    @shrinks = (Hostile->new(sub { @shrinks = (); recycle(40) }), (0) x 20);
    is notify(X => 1, fds => \@shrinks), 1, 'an array that is emptied while it is read';
    $receiver->text;
}

# A channel, a path, a length.
{
    my $channel = sdn_connect();
    my @given;
    @given = (Hostile->new(sub { @given = (); recycle(40) }), 'STATE=' . 'x' x 41);
    $given[0]{number} = $channel;
    no warnings 'redefine';
    local *Hostile::fileno = sub { my ($self) = @_; $self->{code}->(); return $self->{number} };
    is sent(sub { sdn_send(@given) }), 'STATE=' . 'x' x 41, 'sdn_send';
    @given = (Hostile->new(sub { @given = (); recycle(40) }), '/dev/null/' . 'x' x 36);
    is sd_is_fifo(@given), -p STDIN ? -Errno::ENOTDIR() : 0, 'sd_is_fifo';
    POSIX::close($channel);
}

# A handler of warnings changes the name that the warning is about.
{
    my $name = 'lower' . 'x' x 41;
    local $SIG{__WARN__} = sub { $name = 'Y' x 10_000; undef $name; recycle(40) };
    is sent(sub { notify($name, 'v') }), 'lower' . 'x' x 41 . "=v\n", 'a name';
}

done_testing;
