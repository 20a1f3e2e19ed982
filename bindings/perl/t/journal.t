# Systemd::Journal: what each call sends, beside a receiver at journald's sockets.
use v5.26;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/lib";
use Journald;
use Errno qw( EINVAL ENOENT );
use File::Basename 'basename';
use Test::More;

BEGIN {
    plan skip_all => 'Systemd::Journal is not built: there is no libsdjournal'
        if !grep { -e "$_/Systemd/Journal.pm" } grep { !ref } @INC;
    require Systemd::Journal;
    Systemd::Journal->import(qw( journal_log stream ));
}

my $journald = Journald->new;
my $journal  = Systemd::Journal->new;
my @identifier = (SYSLOG_IDENTIFIER => basename($0));

# The process is called by the name of the interpreter, which the C library adds.
my @own = (SYSLOG_IDENTIFIER => do { open my $in, '<', '/proc/self/comm' or die; chomp(my $name = <$in>); $name });

sub sends {
    my ($call, $expected, $name) = @_;
    is $call->(), 1, "$name: true";
    is_deeply [$journald->entry], $expected, $name;
    ok $journald->is_quiet, "$name: one entry";
}

# Fields without the place in the source.
sub placeless {
    my @fields = @_;
    my @kept;
    while (my ($name, $value) = splice @fields, 0, 2) {
        push @kept, $name, $value if $name !~ /^CODE_/;
    }
    return \@kept;
}

sub fields_are {
    my ($call, $expected, $name) = @_;
    is $call->(), 1, "$name: true";
    is_deeply placeless($journald->entry), $expected, $name;
}

# print() and perror().
sends(sub { $journal->print('text') }, [MESSAGE => 'text', PRIORITY => 6, @own], 'print');
sends(sub { $journal->print("two\nlines \t\r\n", 3) }, [MESSAGE => "two\nlines", PRIORITY => 3, @own], 'print, with a priority');
sends(sub { $journal->print("100 %s %n\0") }, [MESSAGE => "100 %s %n\0", PRIORITY => 6, @own], 'print takes no format');
is $journal->print(" \n"), 1, 'blanks alone';
ok $journald->is_quiet, 'are no entry';
$! = ENOENT;
my $error = "$!";
sends(sub { $! = ENOENT; $journal->perror('open') }, [PRIORITY => 3, MESSAGE => "open: $error", ERRNO => ENOENT, @own], 'perror');
sends(sub { $! = ENOENT; $journal->perror }, [PRIORITY => 3, MESSAGE => $error, ERRNO => ENOENT, @own], 'perror without a text');

# send(), in all the ways of Linux::Systemd::Journal::Write.
my @text = (MESSAGE => 'text');
my @rest = (PRIORITY => 6, @identifier);
fields_are(sub { $journal->send('text') }, [@text, @rest], 'send: a text');
fields_are(sub { $journal->send('text', { b => 2, a => 1 }) }, [@text, A => 1, B => 2, @rest], 'send: a text and a hash');
fields_are(sub { $journal->send('text', [b => 2, b => 3]) }, [@text, B => 2, B => 3, @rest], 'send: a text and an array');
fields_are(sub { $journal->send({ message => 'text' }) }, [@text, @rest], 'send: a hash');
fields_are(sub { $journal->send([Message => 'text', priority => 2]) }, [@text, PRIORITY => 2, @identifier], 'send: an array');
fields_are(sub { $journal->send(message => 'text', A => 1) }, [@text, A => 1, @rest], 'send: a list');
fields_are(sub { $journal->send(message => 'text', syslog_identifier => 'x') }, [@text, SYSLOG_IDENTIFIER => 'x', PRIORITY => 6],
    'send: an identifier');
my $other = Systemd::Journal->new({ app_id => 'other', priority => 4, caller_details => 0 });
sends(sub { $other->send('text') }, [@text, PRIORITY => 4, SYSLOG_IDENTIFIER => 'other'], 'options');
is join(' ', map { $other->$_ } qw( app_id priority caller_details caller_level )), 'other 4 0 0', 'can be read';

# The place.
sub of_a_function { return $journal->send('text') }
my $line = __LINE__ - 1;
of_a_function();
my %entry = $journald->entry;
is "$entry{CODE_FILE}:$entry{CODE_LINE} $entry{CODE_FUNC}", __FILE__ . ":$line main::of_a_function", 'the place of the caller';
{
    my $proxy = Systemd::Journal->new(caller_level => 1);
    my $log = sub { $proxy->send('text') };
    sub by_proxy { return $log->() }
    by_proxy(); $line = __LINE__ - 1;
    %entry = $journald->entry;
    is $entry{CODE_FUNC}, 'main::by_proxy', 'a level above';
}
$journal->send(message => 'text', code_file => 'mine');
%entry = $journald->entry;
is $entry{CODE_FILE}, 'mine', 'a place that is given';

# The functions of Log::Journald.
fields_are(sub { journal_log(3, 'text') }, [@text, PRIORITY => 3, @own], 'journal_log');
fields_are(sub { Systemd::Journal::send(PRIORITY => 6, MESSAGE => 'text', A => "SW\0AG") },
    [PRIORITY => 6, @text, A => "SW\0AG", @own], 'send as a function');
fields_are(sub { Systemd::Journal::sendv('PRIORITY=6', 'MESSAGE=text') }, [PRIORITY => 6, @text, @own], 'sendv');
journal_log(3, 'text'); $line = __LINE__;
%entry = $journald->entry;
is "$entry{CODE_FILE}:$entry{CODE_LINE}", __FILE__ . ":$line", 'journal_log: the place';
Systemd::Journal::sendv('MESSAGE=text', 'CODE_LINE=7');
is_deeply [grep { /^(?:7|CODE_LINE)$/ } $journald->entry], [CODE_LINE => 7], 'sendv: a place that is given';

# Names are checked, values are free.
for my $bad ('', 'A B', "A\nPRIORITY", 'A=B', '_PID', '1A', 'X' x 65, "A\n", "\x{e4}") {
    ok !eval { $journal->send(message => 'text', $bad => 0); 1 }, 'no field: ' . Systemd::Journal::_shown($bad);
    like $@, qr/^Systemd::Journal: no field has this name: ".*" at \Q$0\E line/, 'said so, and where';
    ok !eval { Systemd::Journal::send(MESSAGE => 'text', $bad => 0); 1 }, 'nor by the function';
}
ok $journald->is_quiet, 'nothing sent';
for my $value ("x\nPRIORITY=0", "\n", "=", "a=b\n\n", "\0") {
    $journal->send($value, { A => $value, SYSLOG_IDENTIFIER => $value });
    my @fields = $journald->entry;
    is_deeply placeless(@fields), [MESSAGE => $value, A => $value, SYSLOG_IDENTIFIER => $value, PRIORITY => 6], 'a value stays one';
}

# Text is UTF-8 on the wire; bytes are a reference.
fields_are(sub { $other->send("\x{2713} \xe4") }, [MESSAGE => "\xe2\x9c\x93 \xc3\xa4", PRIORITY => 4, SYSLOG_IDENTIFIER => 'other'], 'characters');
fields_are(sub { $other->send("\xe4") }, [MESSAGE => "\xc3\xa4", PRIORITY => 4, SYSLOG_IDENTIFIER => 'other'], 'Latin-1');
fields_are(sub { $other->send("\xe2\x9c\x93") }, [MESSAGE => "\xe2\x9c\x93", PRIORITY => 4, SYSLOG_IDENTIFIER => 'other'], 'UTF-8 already');
my $bytes = join '', map { chr } 0 .. 255;
fields_are(sub { $other->send('text', { DATA => \$bytes }) }, [@text, DATA => $bytes, PRIORITY => 4, SYSLOG_IDENTIFIER => 'other'], 'bytes');
ok !eval { $other->send('text', { DATA => \"\x{2713}" }); 1 }, 'a wide character is no byte';
{
    package Text;
    use overload '""' => sub { 'from ' . ref $_[0] };
}
fields_are(sub { $other->send(bless [], 'Text') }, [MESSAGE => 'from Text', PRIORITY => 4, SYSLOG_IDENTIFIER => 'other'], 'an object with text');

# What is wrong.
for my $bad ([], [{ a => 1 }], [[]], [[1]], [a => 1], ['text', 'more', 'yet more'], [\'text']) {
    ok !eval { $journal->send(@$bad); 1 }, 'not an entry';
    like $@, qr/^Systemd::Journal: (?:Missing message param|Invalid params) at \Q$0\E /, 'said so';
}
for my $bad (8, -1, 'x', '', "6\n") {
    ok !eval { Systemd::Journal->new(priority => $bad); 1 }, 'not a priority';
    ok !eval { $journal->print('text', $bad); 1 }, 'print: not a priority';
    like $@, qr/^Systemd::Journal: cannot write to the journal: /, 'said so';
    ok !journal_log($bad, 'text'), 'journal_log: not a priority';
    is $! + 0, EINVAL, 'EINVAL';
}
ok !eval { Systemd::Journal->new(app => 'x'); 1 }, 'no such option';
ok !Systemd::Journal::sendv('no field'), 'sendv: not a field';
is $! + 0, EINVAL, 'EINVAL';
ok $journald->is_quiet, 'nothing sent';

# Streams.
{
    my $stream = stream('name', 4, 1);
    print $stream "one \x{2713}\n<3>two\n";
    close $stream;
    is $journald->stream, "name\n\n4\n1\n0\n0\n0\none \xe2\x9c\x93\n<3>two\n", 'a stream';
    close stream();
    like $journald->stream, qr/^\Q${\ basename($0)}\E\n\n6\n0\n/, 'named like the program';
    ok !eval { stream("name\nunit"); 1 }, 'a line break in the name';
    ok !defined stream('name', 9), 'not a priority';
    is $! + 0, EINVAL, 'EINVAL';
}

# No journal.
$journald->leave;
is $journal->send('text'), 1, 'no journal: that is no error';
ok !defined stream('name'), 'but a stream is';
is $! + 0, ENOENT, 'ENOENT';
$journald->return;

# A child writes for itself, under perl -T.
{
    local $ENV{OUTSIDE} = "text\nPRIORITY=0";
    my $program = 'use Systemd::Journal; print ${^TAINT}, journal_log(6, $ENV{OUTSIDE}), Systemd::Journal->new->print($ENV{OUTSIDE})';
    open my $out, '-|', $^X, '-wT', (map "-I$_", @INC), '-e', $program or die "$^X: $!";
    is join('', <$out>), '111', 'perl -T';
    for (1, 2) {
        %entry = $journald->entry;
        is "$entry{MESSAGE} $entry{PRIORITY}", "text\nPRIORITY=0 6", 'the text of outside';
    }
}

# The synopsis of the manual.
{
    my ($file) = grep { -e } map { "$_/Systemd/Journal.pod" } grep { !ref } @INC;
    open my $in, '<:encoding(UTF-8)', $file or die "$file: $!";
    my ($synopsis) = do { local $/; <$in> } =~ /^=head1 SYNOPSIS\n(.*?)^=head1/ms;
    is system($^X, '-w', (map "-I$_", @INC), '-Mstrict', '-e', $synopsis), 0, 'the synopsis runs';
    my @entries;
    while (my %fields = $journald->entry) { push @entries, \%fields }
    is_deeply [map { "$_->{MESSAGE} $_->{PRIORITY} $_->{SYSLOG_IDENTIFIER}" } @entries[0 .. 2]],
        ["Ready 6 $own[1]", "Tea is getting cold 4 $own[1]", 'Alice is at the door 5 greeter'], 'its entries';
    is_deeply [$entries[2]{GUEST}, $entries[3]{MESSAGE}, $entries[4]{MESSAGE}, $entries[5]{LEAVES}],
        ['Alice', "Cannot read the menu: $error", 'A line of text', "\0\xff"], 'and their fields';
}

# Systemd::Daemon alone does not load the other library.
my $maps = 'print join " ", do { open my $in, "<", "/proc/self/maps"; map { m{(libsd\w+)\.so} } <$in> }';
like qx{$^X @{[map "-I$_", @INC]} -MSystemd::Daemon -e '$maps'}, qr/^libsdnotify(?: libsdnotify)*$/, 'libsdnotify alone';
like qx{$^X @{[map "-I$_", @INC]} -MSystemd::Journal -e '$maps'}, qr/^libsdjournal(?: libsdjournal)*$/, 'libsdjournal alone';

done_testing;
