package Systemd::Daemon::Exporter;

# Import lists as Exporter::Tiny understands them, which CPAN's Systemd::Daemon 0.07 was built on, without a module that
# is not part of Perl. A class that inherits from this one has @EXPORT_OK and %EXPORT_TAGS, and _validate_import(), which
# gets the options that are not names. In addition to Exporter::Tiny, a list may have compiled regular expressions.

use strict;
use warnings;

# What each package got: class, package, name, reference.
my %installed;

sub import {
    my ($class, @list) = @_;
    return if $class eq __PACKAGE__;
    my $common = _common(\@list, scalar caller);
    my $wanted = $class->_wanted($common, @list);
    $class->_validate_import($common);
    for (@$wanted) {
        my ($name, $how) = @$_;
        $class->_install($name, $how, $common, $class->_symbol($name));
    }
    return;
}

sub unimport {
    my ($class, @list) = @_;
    my $common = _common(\@list, scalar caller);
    return if ref $common->{into};
    my $mine = $installed{$class}{ $common->{into} } ||= {};
    my $wanted = $class->_wanted($common, @list ? @list : grep { !/^\$/ } keys %$mine);
    for (@$wanted) {
        my ($name) = @$_;
        _croak($class, 'constants cannot be removed again') if $name =~ /^\$/;
        $name =~ s/^&//;
        no strict 'refs';
        my $full = "$common->{into}::$name";
        # Not what the package has replaced it with.
        next if !$mine->{$name} || !defined &$full || \&$full != $mine->{$name};
        delete $mine->{$name};
        # The glob goes, with the function alone.
        my $old = delete ${"$common->{into}::"}{$name};
        for my $kind (qw( SCALAR ARRAY HASH IO )) {
            my $other = *{$old}{$kind};
            *$full = $other if defined $other;
        }
    }
    return;
}

sub _croak {
    my ($class, $message) = @_;
    require Carp;
    Carp::croak("$class: $message");
}

# The options at the head of a list.
sub _common {
    my ($list, $caller) = @_;
    my %common = ref $list->[0] eq 'HASH' ? %{ shift @$list } : ();
    if (defined $common{into} && $common{into} eq '-lexical') {
        $common{lexical} = 1;
        delete $common{into};
    }
    $common{into} = $caller if !defined $common{into};
    return \%common;
}

# The requests of a list: [name, options], in order; anything that is not a name goes into the common options.
sub _wanted {
    my ($class, $common, @list) = @_;
    my (@wanted, %unwanted, @items);
    while (@list) {
        my $item = shift @list;
        # A reference or undef after a name belongs to it.
        my $how = @list && (!defined $list[0] || ref $list[0] && ref $list[0] ne 'Regexp') ? shift @list : undef;
        push @items, [$item, $how];
    }
    while (@items) {
        my ($item, $how) = @{ shift @items };
        my $not = !ref $item && $item =~ s/^!//;
        my @names = $class->_expand($item, $how, $common);
        if    ($not)                         { $unwanted{ $_->[0] } = 1 for @names }
        elsif (ref $item || $item =~ m{^[:/-]}) { push @items, @names }
        else                                 { push @wanted, @names }
    }
    return [grep { !$unwanted{ $_->[0] } } @wanted];
}

# The names that one item stands for.
sub _expand {
    my ($class, $item, $how, $common) = @_;
    my ($ok, $tags) = do { no strict 'refs'; (\@{"${class}::EXPORT_OK"}, \%{"${class}::EXPORT_TAGS"}) };
    my @names;
    if (ref $item eq 'Regexp') {
        @names = grep { $_ =~ $item } @$ok;
    }
    elsif (my ($pattern, $flags) = $item =~ m{^/(.+)/([msixpodual]*)\z}s) {
        # These flags are for the match as a whole, and change nothing in a name.
        $flags =~ tr/pod//d;
        @names = grep { /(?$flags:$pattern)/ } @$ok;
    }
    elsif (my ($tag) = $item =~ /^[:-](.+)/s) {
        if ($tag eq 'default') { }
        elsif ($tags->{$tag})  { @names = @{ $tags->{$tag} } }
        else                   { $common->{$tag} = $how || 1; return }
    }
    else {
        return [$item, $how];
    }
    _croak($class, 'a tag cannot have -as') if ref $how eq 'HASH' && exists $how->{-as} && ref $how->{-as} ne 'CODE';
    return map { [$_, $how] } @names;
}

# The function or constant of a name.
sub _symbol {
    my ($class, $name) = @_;
    no strict 'refs';
    (my $bare = $name) =~ s/^&//;
    _croak($class, qq(no "$name" to import)) if !grep { $_ eq $bare } @{"${class}::EXPORT_OK"};
    return $bare =~ s/^\$// ? \${"${class}::$bare"} : \&{"${class}::$bare"};
}

sub _install {
    my ($class, $name, $how, $common, $symbol) = @_;
    $how = {} if ref $how ne 'HASH';
    $name =~ s/^[\$&]//;
    my $as = ref $common->{as} ? $common->{as}->($name)
        : ref $how->{-as} eq 'CODE' ? $how->{-as}->($name)
        : exists $how->{-as} ? $how->{-as}
        :                      $name;
    return if !defined $as;
    if (ref $as eq 'SCALAR' || ref $as eq 'REF') {
        $$as = $symbol;
        return;
    }
    $as =~ s/^[\$&]//;
    my ($prefix) = grep { defined } $how->{-prefix}, @$common{qw( prefix -prefix )}, '';
    my ($suffix) = grep { defined } $how->{-suffix}, @$common{qw( suffix -suffix )}, '';
    $as = "$prefix$as$suffix";
    _croak($class, qq(not a name: "$as")) if $as !~ /^\w+\z/;

    my $into = $common->{into};
    if (ref $into eq 'HASH') {
        $into->{$as} = $symbol;
        return;
    }
    my $key = ref $symbol eq 'CODE' ? $as : "\$$as";
    $class->_overwriting("${into}::$as", $name, $how, $common)
        if ref $symbol eq 'CODE' && _is_another("${into}::$as", $symbol) && !$installed{$class}{$into}{$key};
    $installed{$class}{$into}{$key} = $symbol;
    if (my $installer = $common->{installer} || $common->{exporter} || $common->{lexical} && _lexical($class)) {
        $installer->($common, [$key, $symbol]);
        return;
    }
    no strict 'refs';
    # What is replaced was warned of above.
    no warnings qw( redefine prototype );
    *{"${into}::$as"} = $symbol;
    return;
}

sub _is_another {
    my ($full, $symbol) = @_;
    no strict 'refs';
    return exists &$full && \&$full != $symbol;
}

# The caller has a function of that name.
sub _overwriting {
    my ($class, $full, $name, $how, $common) = @_;
    my ($level) = grep { defined } $how->{-replace}, $common->{replace}, 0;
    _croak($class, "$full exists, and is not overwritten with $name") if $level =~ /^(?:croak|fatal|die)\z/;
    return if $level !~ /^(?:carp|0|warn|nonfatal|)\z/;
    require Carp;
    Carp::carp("$class: $full is overwritten with $name");
    return;
}

sub _lexical {
    my ($class) = @_;
    _croak($class, 'lexical imports need Perl 5.38') if $] < 5.037002;
    return sub {
        my (undef, $named) = @_;
        no strict 'refs';
        no warnings;
        &{'builtin::export_lexically'}(@$named);
    };
}

1;
