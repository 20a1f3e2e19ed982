package Systemd::Journal;

use strict;
use warnings;

our $VERSION = '@VERSION@';

require Exporter;
require XSLoader;
our @ISA       = ('Exporter');
our @EXPORT    = ('journal_log');
our @EXPORT_OK = ('journal_log', 'stream');

use Errno qw( EINVAL );
use Scalar::Util 'blessed';

# The options of new(), with what they are unless given.
my %default = (app_id => undef, caller_details => 1, caller_level => 0, priority => 6);

XSLoader::load('Systemd::Journal', $VERSION);

# --- as an object --------------------------------------------------------------

sub new {
    my ($class, @options) = @_;
    my %options = @options == 1 && ref $options[0] eq 'HASH' ? %{ $options[0] } : @options;
    my $self = bless { %default, %options }, $class;
    my ($unknown) = grep { !exists $default{$_} } sort keys %options;
    _croak("no such option: $unknown") if defined $unknown;
    _croak('invalid priority: ' . ($self->{priority} // 'undef')) if !_is_priority($self->{priority});
    $self->{app_id} //= _program();
    return $self;
}

sub app_id         { return $_[0]{app_id} }
sub priority       { return $_[0]{priority} }
sub caller_details { return $_[0]{caller_details} }
sub caller_level   { return $_[0]{caller_level} }

sub print {
    my ($self, $text, $priority) = @_;
    $priority //= $self->priority;
    return _done($self, !_is_priority($priority) ? _no(EINVAL) : _printed($text, $priority));
}

sub perror {
    my ($self, $text) = @_;
    my ($number, $error) = ($! + 0, "$!");
    my $message = defined $text && length $text ? "$text: $error" : $error;
    return _done($self, _write([PRIORITY => 3], [MESSAGE => $message], [ERRNO => $number]));
}

# --- as functions --------------------------------------------------------------

sub journal_log {
    my ($priority, $text) = @_;
    return _no(EINVAL) if !_is_priority($priority);
    return _write([MESSAGE => $text], [PRIORITY => $priority], _place(0, 1));
}

# Both: $journal->send(...), Systemd::Journal::send(KEY => VALUE, ...).
sub send {
    if (blessed $_[0] && $_[0]->isa(__PACKAGE__)) {
        my ($self, @entry) = @_;
        my @fields = _entry(@entry);
        my %given  = map { uc $_->[0] => 1 } @fields;
        _croak('Missing message param') if !$given{MESSAGE};
        push @fields, [PRIORITY => $self->priority] if !$given{PRIORITY};
        push @fields, [SYSLOG_IDENTIFIER => $self->app_id] if !$given{SYSLOG_IDENTIFIER};
        push @fields, grep { !$given{ $_->[0] } } _place($self->caller_level, 1) if $self->caller_details;
        return _done($self, _write(@fields));
    }
    _croak('the last field has no value') if @_ % 2;
    my @fields = _pairs(@_);
    my %given  = map { uc $_->[0] => 1 } @fields;
    return _write(@fields, grep { !$given{ $_->[0] } } _place(0, 1));
}

sub sendv {
    my (@fields) = @_;
    my @place = grep { my $name = $_->[0]; !grep { /^\Q$name\E=/ } @fields } _place(0, 1);
    return _result(_sendv([map { _bytes($_) } @fields, map { "$_->[0]=$_->[1]" } @place]));
}

sub stream {
    my ($identifier, $priority, $level_prefix, $namespace) = @_;
    $identifier = _bytes($identifier // _program());
    _croak('the identifier has a line break or a NUL') if $identifier =~ /[\n\0]/;
    $priority //= 6;
    return _no(EINVAL) || undef if !_is_priority($priority);
    $namespace = _bytes($namespace) if defined $namespace;
    my $fd = _stream_fd($identifier, $priority, $level_prefix ? 1 : 0, $namespace);
    return _result($fd) || undef if $fd < 0;
    open my $handle, '>>&=', $fd or return undef;
    binmode $handle, ':encoding(UTF-8)';
    $handle->autoflush if require IO::Handle;
    return $handle;
}

# --- within --------------------------------------------------------------------

sub _croak {
    my ($message) = @_;
    require Carp;
    Carp::croak("Systemd::Journal: $message");
}

sub _is_priority { return defined $_[0] && $_[0] =~ /^[0-7]\z/ }

# $0 without its directory.
sub _program { return $0 =~ m{([^/]+)/*\z} ? $1 : $0 }

# Converts every form of entry that Linux::Systemd::Journal::Write accepts into pairs of name and value.
sub _entry {
    my @entry = @_;
    if (@entry == 1) {
        return [MESSAGE => $entry[0]] if _is_text($entry[0]);
        return _pairs(_list($entry[0]));
    }
    return ([MESSAGE => $entry[0]], _pairs(_list($entry[1]))) if @entry == 2 && _is_text($entry[0]) && _list($entry[1], 1);
    _croak('Invalid params') if !@entry || @entry % 2;
    return _pairs(@entry);
}

# An object is one as well: an exception, say.
sub _is_text { return !ref $_[0] || blessed $_[0] }

# What is in a reference to a hash or an array; with $ask, whether it is one.
sub _list {
    my ($reference, $ask) = @_;
    my $kind = ref $reference;
    return $kind eq 'HASH' || $kind eq 'ARRAY' if $ask;
    # In an order that never changes.
    return map { $_ => $reference->{$_} } sort keys %$reference if $kind eq 'HASH';
    return @$reference if $kind eq 'ARRAY' && @$reference % 2 == 0;
    _croak('Invalid params');
}

sub _pairs {
    my @pairs;
    push @pairs, [splice @_, 0, 2] while @_;
    return @pairs;
}

# The place of the caller that many levels above the function that calls this.
sub _place {
    my ($level, $skip) = @_;
    my (undef, $file, $line) = caller $level + $skip;
    my $function = (caller $level + $skip + 1)[3];
    return ([CODE_FILE => $file], [CODE_LINE => $line], defined $function ? [CODE_FUNC => $function] : ());
}

# Like sd_journal_print(): trailing blanks are cut, and an empty text is not written.
sub _printed {
    my ($text, $priority) = @_;
    my $bytes = _bytes($text);
    $bytes =~ s/[ \t\r\n]+\z//;
    return 1 if !length $bytes;
    return _write([MESSAGE => \$bytes], [PRIORITY => $priority]);
}

sub _write {
    my @fields = map {
        my ($name, $value) = @$_;
        my $upper = uc $name;
        # Otherwise a name could smuggle in another field.
        _croak('no field has this name: ' . _shown($name)) if $upper !~ /\A[A-Z][A-Z0-9_]{0,63}\z/;
        "$upper=" . _bytes($value);
    } @_;
    return _result(_sendv(\@fields));
}

# Text in UTF-8: a string that is not valid UTF-8 already is encoded. A reference to a string stands for its bytes.
sub _bytes {
    my ($value) = @_;
    if (ref $value eq 'SCALAR') {
        my $bytes = $$value // '';
        _croak('a wide character among bytes') if !utf8::downgrade($bytes, 1);
        return $bytes;
    }
    my $text = defined $value ? "$value" : 'undef';
    my $copy = $text;
    utf8::encode($text) if utf8::is_utf8($text) || !utf8::decode($copy);
    return $text;
}

sub _shown { return '"' . (substr $_[0], 0, 80) =~ s/([^\x20-\x7e])/sprintf '\\x{%x}', ord $1/ger . '"' }

# Converts a C function's result to true, or to false with $!.
sub _result { return $_[0] >= 0 ? 1 : _no(-$_[0]) }

sub _no {
    $! = $_[0];
    return !1;
}

# A method throws an exception where a function returns false.
sub _done {
    my ($self, $result) = @_;
    _croak("cannot write to the journal: $!") if !$result;
    return 1;
}

1;
