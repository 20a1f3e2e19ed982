# Values of every kind that Perl has.
use v5.26;
use warnings FATAL => 'all';
use Test::More;
use FindBin;
use lib "$FindBin::Bin/lib";
use Built;
use Receiver;
use Systemd::Daemon qw( -hard notify :sd );

my $receiver = Receiver->new;
$ENV{NOTIFY_SOCKET} = $receiver->address;

sub status_is {
    my ($value, $expected, $name) = @_;
    notify(STATUS => $value);
    is $receiver->text, "STATUS=$expected\n", "notify: $name";
    sd_notify(0, $value);
    is $receiver->text, $expected, "sd_notify: $name";
    return;
}

# UTF-8 on the wire, however the text is stored.
my $check = "\x{2713} \x{e4}";
status_is $check, "\xe2\x9c\x93 \xc3\xa4", 'characters';
status_is "\xe2\x9c\x93", "\xe2\x9c\x93", 'bytes that are UTF-8 already';
my $latin = "\xe4\xf6";
status_is $latin, "\xc3\xa4\xc3\xb6", 'Latin-1';
is $latin, "\xe4\xf6", 'the value itself stays as it is';
ok !utf8::is_utf8($latin), 'and so does its form';
utf8::upgrade(my $upgraded = "\xe4\xf6");
status_is $upgraded, "\xc3\xa4\xc3\xb6", 'Latin-1 stored as UTF-8';
status_is "\x{1F600}\x{10FFFF}", "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf", 'beyond 16 bits';
for my $code (0xD800, 0x110000) {
    no warnings;
    ok !eval { notify(STATUS => chr $code); 1 }, sprintf '%x is no character', $code;
    like $@, qr/^notify: the value of STATUS contains a character that is not Unicode/, 'and said so';
    ok !eval { sd_notify(0, 'STATUS=' . chr $code); 1 }, 'in sd_notify, too';
    like $@, qr/^state contains a character that is not Unicode/, 'and said so';
}
status_is "\xed\xa0\x80", "\xc3\xad\xc2\xa0\xc2\x80", 'bytes that are no UTF-8 (a surrogate) are characters';

# Numbers.
status_is 42,      '42',  'integer';
status_is 1.5,     '1.5', 'fraction';
status_is 1 == 1,  '1',   'true';
status_is !1,      '',    'false';
status_is ~0,      ~0,    'largest integer';
status_is 'inf' + 0, 'Inf', 'infinity';

# Tied and overloaded values; each is read once.
{
    package Counter;
    sub TIESCALAR { my $count = 0; return bless \$count, shift }
    sub FETCH     { return 'read ' . ++${ $_[0] } }
    sub STORE     { die }

    package Text;
    use overload '""' => sub { $_[0]{text} }, bool => sub { $_[0]{true} };

    package Number;
    use overload '0+' => sub { 42 }, fallback => 1;

    package Dies;
    use overload '""' => sub { die "no text\n" };
}
tie my $tied, 'Counter';
notify(STATUS => $tied, READY => $tied, STATUS => $tied);
is $receiver->text, "STATUS=read 1\nREADY=1\nSTATUS=read 3\n", 'tied';
sd_notify(0, $tied);
is $receiver->text, 'read 4', 'tied, in sd_notify';
status_is bless({ text => "\x{2713}" }, 'Text'), "\xe2\x9c\x93", 'overloaded';
notify(READY => bless({ true => 1, text => '' }, 'Text'), STOPPING => bless({ true => 0, text => 'x' }, 'Text'));
is $receiver->text, "READY=1\n", 'overloaded truth';
status_is bless({}, 'Number'), '42', 'overloaded number';
ok !eval { notify(STATUS => bless {}, 'Dies'); 1 }, 'an exception while reading';
is $@, "no text\n", 'comes through';
ok !eval { notify(STATUS => bless { text => "a\nREADY=1" }, 'Text'); 1 }, 'overloaded newline';
my %hash = (STATUS => 'in a hash');
notify(%hash);
is $receiver->text, "STATUS=in a hash\n", 'a hash';
notify(STATUS => substr 'substring', 0, 3);
is $receiver->text, "STATUS=sub\n", 'an lvalue';
'match' =~ /(.)/;
notify(STATUS => $1);
is $receiver->text, "STATUS=m\n", 'a capture';

# Text that changes its own name, or the arguments, while it is read.
{
    package Changes;
    use overload '""' => sub { ${ $_[0]{name} } = 'Y' x 10_000; undef ${ $_[0]{name} }; 'value' };
}
my $name = 'X' x 5;
notify($name, bless { name => \$name }, 'Changes');
is $receiver->text, "XXXXX=value\n", 'a name that changes';

{
    package Changing;
    sub new    { my ($class, $text) = @_; return bless { text => $text }, $class }
    sub fileno { my ($self) = @_; ${ $self->{text} } = 'state=changed'; return 0 }
}
my $state = 'state=' . 'x' x 100;
sd_pid_notify_with_fds(0, 0, $state, [Changing->new(\$state)]);
is $receiver->text, 'state=changed', 'a state that changes is read when nothing can change it any more';

# NUL and newline.
ok !eval { sd_notify(0, "READY=1\0STATUS=x"); 1 }, 'NUL';
like $@, qr/^state contains a NUL at /, 'said so';
sd_notify(0, "READY=1\nSTATUS=x");
is $receiver->text, "READY=1\nSTATUS=x", 'sd_notify sends what it is given';

# Long texts through the C function: one that the kernel takes, and one that it does not.
my $long = 'x' x 50_000;
is sd_notify(0, "STATUS=$long"), 1, 'long';
ok $receiver->text eq "STATUS=$long", 'all of it';
my $huge = "\x{e4}" x (32 << 20);
cmp_ok sd_notify(0, $huge), '<', 0, 'huge: an error';
ok $receiver->is_empty, 'and nothing sent';

# Undef is C's NULL.
use Errno qw( EBADF EINVAL );
is sd_notify(0, undef), -EINVAL, 'no state';
is sd_notifyf(0, undef), -EINVAL, 'no format';
is sd_is_fifo(0, undef), sd_is_fifo(0), 'no path';
ok !eval { sd_is_fifo(0, "/tmp/a\0b"); 1 }, 'NUL in a path';
like $@, qr/^path contains a NUL at /, 'said so';

# Descriptors.
open my $handle, '<', '/dev/null' or die;
is sd_is_special($_, '/dev/null'), 1, 'a descriptor' for fileno $handle, $handle, \*$handle, *$handle, *$handle{IO}, "" . fileno $handle;
close $handle;
is sd_is_special($handle), -EBADF, 'a closed handle';
is sd_is_special(-1), -EBADF, 'a negative number';
{
    package Handle;
    sub new    { my ($class, $fd) = @_; return bless { fd => $fd }, $class }
    sub fileno { return $_[0]{fd} }
    package TiedHandle;
    sub TIEHANDLE { my ($class, $fd) = @_; return bless { fd => $fd }, $class }
    sub FILENO    { return $_[0]{fd} }
}
open $handle, '<', '/dev/null' or die;
is sd_is_special(Handle->new(fileno $handle), '/dev/null'), 1, 'an object with fileno()';
is sd_is_special(Handle->new(undef)), -EBADF, 'an object with none';
tie *TIED, 'TiedHandle', fileno $handle;
is sd_is_special(\*TIED, '/dev/null'), 1, 'a tied handle';
for my $bad (undef, 'x', [], {}, "3\n4") {
    no warnings;
    ok !eval { sd_is_special($bad); 1 }, 'not a descriptor: ' . ($bad // 'undef');
    like $@, qr/^not a file descriptor: |^fd is out of range/, 'said so';
}
open my $memory, '<', \'text' or die;
is sd_is_special($memory), -EBADF, 'a handle in memory';

done_testing;
