# Systemd::Journal beside Debian's Linux::Systemd::Journal::Write, call by call, each on its own library and the latter on
# ours; and the example for Log::Any.
use v5.26;
use warnings;
use Cwd 'getcwd';
use lib map { getcwd . "/$_" } qw( target/perl/blib/lib target/perl/blib/arch bindings/perl/t/lib );
use Journald;
use Test::More;

my $journald = Journald->new;
my $private  = getcwd . '/target/tree/lib/libsdnotify';

# What a program sends, without an order, and what it dies of.
sub sent {
    my ($module, $call, $directory) = @_;
    local $ENV{LD_LIBRARY_PATH} = $directory // '';
    my $program = "use $module; my \$journal = $module->new(OPTIONS); sub function { CALL } function(); print q{no exception}";
    my ($options, $code) = @$call;
    $program =~ s/OPTIONS/$options/;
    $program =~ s/CALL/$code/;
    open my $out, '-|', $^X, (map "-I$_", grep { !ref } @INC), '-e', "local \$SIG{__DIE__} = sub { print 'died'; exit }; $program"
        or die "$^X: $!";
    my $said = do { local $/; <$out> };
    close $out;
    my @entries;
    while (my @fields = $journald->entry) {
        my @pairs;
        push @pairs, join '=', splice @fields, 0, 2 while @fields;
        push @entries, [sort @pairs];
    }
    return { said => $said, entries => \@entries };
}

my @calls = (
    ['', '$journal->print("text")'],
    ['', '$journal->print("two\nlines  \n", 3)'],
    ['', '$journal->print("100 %s %n")'],
    ['', '$journal->print("\x{2713}")'],
    ['', '$journal->print("")'],
    ['', '$journal->print("text", 9)'],
    ['priority => 2', '$journal->print("text")'],
    ['', '$! = 2; $journal->perror("open")'],
    ['', '$! = 13; $journal->perror("")'],
    ['', '$journal->send("text")'],
    ['', '$journal->send("text", { a => 1, day_two => "x\nPRIORITY=0", c => undef })'],
    ['', '$journal->send("text", [a => 1])'],
    ['', '$journal->send({ message => "text", priority => 1 })'],
    ['', '$journal->send([MESSAGE => "text"])'],
    ['', '$journal->send(message => "text", a => "")'],
    ['', '$journal->send(message => "text", syslog_identifier => "other")'],
    ['', '$journal->send("\x{2713}", { a => "\x{2713}" })'],
    ['', '$journal->send({ a => 1 })'],
    ['', '$journal->send([])'],
    ['app_id => "me", priority => 4, caller_details => 0', '$journal->send("text")'],
    ['caller_level => 1', 'my $proxy = sub { $journal->send("text") }; $proxy->()'],
    ['{ priority => 3 }', '$journal->send("text")'],
    ['priority => 9', '$journal->priority; $journal->send("text")'],
    ['', '$journal->print("x" x 100_000)'],
);
for my $call (@calls) {
    my $name = "$call->[0]: $call->[1]";
    my $theirs = sent('Linux::Systemd::Journal::Write', $call);
    is_deeply sent('Systemd::Journal', $call), $theirs, $name;
    is_deeply sent('Linux::Systemd::Journal::Write', $call, $private), $theirs, "$name: theirs on our library";
}

# The differences that the manual lists.
my @rows = (
    ['names are checked', '$journal->send("text", { "a b" => 1 })', 'died', 'no exception'],
    ['text is encoded', '$journal->print("\xe4"); ', "MESSAGE=\xc3\xa4", "MESSAGE=\xe4"],
    ['a text may have a NUL', '$journal->print("a\0b")', "MESSAGE=a\0b", 'MESSAGE=a'],
);
for my $row (@rows) {
    my ($name, $code, $ours, $theirs) = @$row;
    my ($mine, $other) = map { sent($_, ['', $code]) } 'Systemd::Journal', 'Linux::Systemd::Journal::Write';
    ok((grep { $_ eq $ours } $mine->{said}, map { @$_ } @{ $mine->{entries} }), "$name here");
    ok((grep { $_ eq $theirs } $other->{said}, map { @$_ } @{ $other->{entries} }), "$name: not there");
}

# The example.
system $^X, (map "-I$_", grep { !ref } @INC), 'bindings/perl/eg/log-any';
is $?, 0, 'Log::Any: the example runs';
my %entry = $journald->entry;
is_deeply [@entry{qw( MESSAGE PRIORITY GUEST LOGGER X_since_when X_SINCE_WHEN )}],
    ['Somebody is at the door', 4, 'Alice', 'main', undef, "noon\nPRIORITY=0"], 'Log::Any: fields';
%entry = $journald->entry;
is_deeply [@entry{qw( MESSAGE PRIORITY SYSLOG_IDENTIFIER )}], ['3 cups of tea', 6, 'log-any'], 'Log::Any: a text';

done_testing;
