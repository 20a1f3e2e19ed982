# notify(): what goes out for what is given.
use v5.26;
use warnings;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use Receiver;
use Time::HiRes qw( clock_gettime CLOCK_MONOTONIC );
use Systemd::Daemon qw( -hard notify );

my $receiver = Receiver->new;
local $ENV{NOTIFY_SOCKET} = $receiver->address;

my @warnings;
local $SIG{__WARN__} = sub { push @warnings, @_ };

sub sent_is {
    my ($arguments, $expected, $name) = @_;
    is notify(@$arguments), 1, "$name: sent";
    is $receiver->text, $expected, $name;
    return;
}

sub refused {
    my ($arguments, $expected, $name) = @_;
    my $line = __LINE__ + 1;
    ok !defined eval { notify(@$arguments) }, "$name: refused";
    is $@, "$expected at $0 line $line.\n", "$name: and why";
    ok $receiver->is_empty, "$name: nothing sent";
    return;
}

# As CPAN's module has it.
sent_is [READY => 1], "READY=1\n", 'a switch';
sent_is ["$_" => 'yes'], "$_=1\n", "$_: true is 1" for qw( READY STOPPING WATCHDOG FDSTORE );
sent_is [$_ => undef, STATUS => 'x'], "STATUS=x\n", "$_: undef leaves it out" for qw( READY RELOADING STOPPING WATCHDOG );
sent_is [FDSTORE => 0, READY => '', STOPPING => '0'], '', 'false leaves out, and nothing is a message too';
sent_is [], '', 'no variable at all';
sent_is [STATUS => '47%', ERRNO => 2], "STATUS=47%\nERRNO=2\n", 'text and number';
sent_is [X_OWN_1 => 'a=b'], "X_OWN_1=a=b\n", 'variables of one\'s own';
sent_is [STATUS => ''], "STATUS=\n", 'an empty text';

# Better than it.
my @many = map { ("V$_" => $_) } 1 .. 50;
sent_is [@many], join('', map { "V$_=$_\n" } 1 .. 50), 'the order given';
sent_is [STATUS => 'a', READY => 1, STATUS => 'b'], "STATUS=a\nREADY=1\nSTATUS=b\n", 'duplicates';
sent_is [WATCHDOG => 'trigger'], "WATCHDOG=trigger\n", 'the trigger';

my $before = clock_gettime(CLOCK_MONOTONIC) * 1e6;
is notify(STATUS => 'x', RELOADING => 1, STATUS => 'y'), 1;
my $after = clock_gettime(CLOCK_MONOTONIC) * 1e6;
my ($time) = $receiver->text =~ /^STATUS=x\nRELOADING=1\nMONOTONIC_USEC=(\d+)\nSTATUS=y\n\z/;
ok $time >= int $before && $time <= $after + 1, 'RELOADING brings the time' or diag "$before <= $time <= $after";
sent_is [RELOADING => 1, MONOTONIC_USEC => 17], "RELOADING=1\nMONOTONIC_USEC=17\n", 'or leaves it to the caller';

# Nobody's text becomes an assignment of its own.
refused [STATUS => "hello\nMAINPID=1"], 'notify: the value of STATUS contains a newline', 'newline';
refused [STATUS => "hello\n"],          'notify: the value of STATUS contains a newline', 'newline at the end';
refused [STATUS => "hello\rREADY=1"], 'notify: the value of STATUS contains a carriage return', 'carriage return';
refused [READY => 1, X => "a\0b"],      'notify: the value of X contains a NUL',          'NUL';
refused [STATUS => [1]],                'notify: the value of STATUS is a reference',     'reference';
refused ["STATUS=x\nREADY" => 1],       'notify: not the name of a variable: "STATUS=x\nREADY"', 'name with an assignment';
refused ['' => 1],                      'notify: not the name of a variable: ""',         'empty name';
refused ["A\0" => 1],                   'notify: not the name of a variable: "A\0"',      'name with NUL';
refused ["\x{d6}" => 1],                'notify: not the name of a variable: "\326"',     'name that is not ASCII';
refused ['N' x 100, "\n"], 'notify: the value of ' . 'N' x 50 . ' contains a newline', 'long name';
refused ["\x{1b}[2J" . 'x' x 100, 1], 'notify: not the name of a variable: "\33[2J' . 'x' x 54 . '"...',
    'control characters and length of a name';
refused ['READY'],                      'notify: the last variable has no value',         'odd number of arguments';
refused [pid => 2**31],                 'notify: pid is out of range: "2147483648"',      'large pid';
refused [pid => -2**31 - 1],            'notify: pid is out of range: "-2147483649"',     'small pid';
refused [pid => 2**64 - 1],             'notify: pid is out of range: "1.84467440737096e+19"', 'pid that would wrap around';
refused [pid => '18446744073709551615'], 'notify: pid is out of range: "18446744073709551615"', 'the same as text';
refused [fds => 3],                     'fds is not a reference to an array',             'fds as a number';
refused [fds => ['x']],                 'not a file descriptor: "x"',                     'fds of something else';
is "@warnings", '', 'no warning so far';

# Numbers that systemd cannot read, or ignores.
my $most = '18446744073709551614';
for (
    ['EXTEND_TIMEOUT_USEC', "from 1 to $most", 1e7 / 3, 0, -1, 'inf' + 0, 1e20, '', '18446744073709551615', '5s', '0x', '1 '],
    ['MONOTONIC_USEC', "from 1 to $most", 0, 1.5],
    ['WATCHDOG_USEC', 'from 0 to 18446744073709551615', -1, 1e7 / 3, '18446744073709551616'],
    ['MAINPID', 'from 1 to 2147483647', 0, -1, 2**31, 'self'],
    ['MAINPIDFDID', 'from 1 to 18446744073709551615', 0],
    ['ERRNO', 'from 0 to 4095', -1, 4096, 'No such file or directory'],
    ['EXIT_STATUS', 'from 0 to 255', 256, -1],
    ['FDPOLL', 'from 0 to 1', 2],
) {
    my ($variable, $range, @bad) = @$_;
    refused [$variable => $_], qq(notify: $variable must be an integer $range, not "$_"), "$variable=$_" for @bad;
}
for (['EXTEND_TIMEOUT_USEC', 1, 5_000_000, $most, 1e15 - 1], ['WATCHDOG_USEC', 0, '18446744073709551615'], ['MAINPID', 1, $$],
    ['ERRNO', 0, 2, 'ENOENT'], ['EXIT_STATUS', 0, 255], ['FDPOLL', 0], ['MAINPIDFDID', '18446744073709551615']) {
    my ($variable, @good) = @$_;
    sent_is [$variable => $_], "$variable=$_\n", "$variable=$_" for @good;
}
refused [FDSTOREREMOVE => 'yes'], 'notify: FDSTOREREMOVE must be 1, not "yes"', 'FDSTOREREMOVE';
refused [RESTART_RESET => 0],     'notify: RESTART_RESET must be 1, not "0"',   'RESTART_RESET';
refused [NOTIFYACCESS => 'some'], 'notify: NOTIFYACCESS must be none, main, exec or all, not "some"', 'NOTIFYACCESS';
refused [FDNAME => $_], "notify: FDNAME must be at most 255 printable ASCII characters without a colon, not \"$_\"", "FDNAME=$_"
    for 'a:b';
sent_is [FDSTOREREMOVE => 1, FDNAME => 'x' x 255, NOTIFYACCESS => 'all'],
    "FDSTOREREMOVE=1\nFDNAME=" . 'x' x 255 . "\nNOTIFYACCESS=all\n", 'good ones';

# systemd reads 4096 bytes, and drops a longer message, READY and all: the text is cut.
sent_is [STATUS => 'x' x 4088], 'STATUS=' . 'x' x 4088 . "\n", 'as long as can be';
sent_is [STATUS => 'x' x 5000], 'STATUS=' . 'x' x 4088 . "\n", 'a long text';
sent_is [READY => 1, STATUS => 'x' x 5000, X => 'y'], "READY=1\nSTATUS=" . 'x' x (4088 - 12) . "\nX=y\n", 'with others';
sent_is [STATUS => 'x' x 5000, READY => 1], 'STATUS=' . 'x' x (4088 - 8) . "\nREADY=1\n", 'before others';
sent_is [STATUS => "\x{20ac}" x 2000, READY => 1], 'STATUS=' . "\xe2\x82\xac" x 1360 . "\nREADY=1\n", 'between characters';
sent_is [STATUS => 'x' x 3000, READY => 1, STATUS => 'y' x 3000],
    'STATUS=' . 'x' x 3000 . "\nREADY=1\nSTATUS=" . 'y' x 1072 . "\n", 'the last first';
sent_is [X => 'x' x 4000, STATUS => 'y' x 3000], 'X=' . 'x' x 4000 . "\nSTATUS=" . 'y' x 85 . "\n", 'what is left of it';
sent_is [X => 'x' x 4085, STATUS => 'y' x 3000], 'X=' . 'x' x 4085 . "\nSTATUS=\n", 'or nothing';
for my $length (4086, 5000, 1 << 20) {
    is notify(READY => 1, X => 'x' x $length, STATUS => 'y'), -Errno::EMSGSIZE(), "no text to cut, $length";
    ok $receiver->is_empty, 'nothing is sent';
}

# Options.
sent_is [pid => undef, unset => 0, READY => 1], "READY=1\n", 'options at their defaults';
is notify(READY => 1, unset => 1), 1;
is $ENV{NOTIFY_SOCKET}, undef, 'unset reaches %ENV';
is qx{echo "\${NOTIFY_SOCKET-unset}"}, "unset\n", 'unset reaches child processes';
is notify(READY => 1), 0, 'then there is no service manager to notify';
$ENV{NOTIFY_SOCKET} = $receiver->address;
is $receiver->text, "READY=1\n", 'and the first one had been sent';
is notify(unset => 1, unset => 0, READY => 1), 1;
is $ENV{NOTIFY_SOCKET}, $receiver->address, 'the last of an option counts';
$receiver->text;

# Errors come as the C function reports them.
use Errno qw( E2BIG EBADF ECONNREFUSED EPROTO );
{
    local $ENV{NOTIFY_SOCKET} = 'no address';
    is notify(READY => 1), -EPROTO, 'not an address';
    is Systemd::Daemon::notify_error(-EPROTO), "cannot notify no\\x20address: ${\ do { local $! = EPROTO; qq($!) }}", 'the words for it';
    local $ENV{NOTIFY_SOCKET} = "\@sdnotify-perl/$$/nobody";
    my $result = notify(READY => 1, unset => 1);
    is $result, -ECONNREFUSED, 'nobody listens';
    like Systemd::Daemon::notify_error($result), qr{^cannot notify \@sdnotify-perl/$$/nobody: \w},
        'the words name the address, though it is unset';
    is Systemd::Daemon::notify_error($_), '', "no words for $_" for 0, 1;
    is notify(X => 'x' x 5000), 0, 'a message that is too long is nobody\'s where nobody listens';
    is $ENV{NOTIFY_SOCKET}, undef, 'unset also then';
}
is notify(FDSTORE => 1, fds => [-1]), -EBADF, 'a descriptor that is not open';
is notify(FDSTORE => 1, fds => [(0) x 254]), -E2BIG, 'too many descriptors';
ok $receiver->is_empty, 'none of these was sent';

# A friendly word where a name cannot be meant.
is "@warnings", '', 'no warning without reason';
sent_is [ready => 1], "ready=1\n", 'in small letters';
like "@warnings", qr/^notify: ready is sent as it is; systemd's variables are in capitals at \S+ line \d+\.$/, 'a warning';
@warnings = ();
{
    no warnings 'misc';
    notify(ready => 1);
    $receiver->text;
    is "@warnings", '', 'that can be turned off';
}
sent_is [STATUS => undef], "STATUS=\n", 'undef as text';
like "@warnings", qr/^Use of uninitialized value/, 'warns as everywhere in Perl';

SKIP: {
    skip 'recvmsg() by its number is known for 64 bits of x86, ARM and RISC-V only', 5 if !Receiver->sees_all;
    open my $file, '<', $0 or die "$0: $!";
    is notify(FDSTORE => 1, FDNAME => 'me', fds => [$file, fileno $file, \*STDIN, *STDIN{IO}]), 1, 'descriptors';
    my $message = $receiver->message;
    is $message->{text}, "FDSTORE=1\nFDNAME=me\n", 'with their name';
    my @same = map { join ':', (stat)[0, 1] } map { open my $in, '<&=', $_ or die "$_: $!"; $in } @{ $message->{fds} };
    my ($mine, $stdin) = map { join ':', (stat)[0, 1] } $file, \*STDIN;
    is "@same", "$mine $mine $stdin $stdin", 'of numbers and handles';
    is $message->{pid}, $$, 'from this process';
    SKIP: {
        skip 'only a privileged process can speak for another', 1 if $>;
        my $child = fork // die "fork: $!";
        if (!$child) { sleep 60; POSIX::_exit(0) }
        notify(READY => 1, pid => $child);
        is $receiver->message->{pid}, $child, 'or for another';
        kill KILL => $child;
        waitpid $child, 0;
    }
}

done_testing;
