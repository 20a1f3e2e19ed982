# Import lists: what Systemd::Daemon makes of them, and what Debian's Exporter::Tiny does, which CPAN's Systemd::Daemon 0.07
# inherits from. Random lists besides those that people write.
use v5.26;
use warnings;
use lib 'target/perl/blib/lib', 'target/perl/blib/arch';
use Exporter::Tiny ();
use Systemd::Daemon ();
use Test::More;

# A module with the same names, on Exporter::Tiny, with the two methods by which 0.07 changes it.
{
    package Tiny;
    our @ISA         = 'Exporter::Tiny';
    our @EXPORT_OK   = @Systemd::Daemon::EXPORT_OK;
    our %EXPORT_TAGS = %Systemd::Daemon::EXPORT_TAGS;
    no strict 'refs';
    for my $name (@EXPORT_OK) {
        my $bare = $name =~ s/^\$//r;
        *{"Tiny::$bare"} = $bare ne $name ? \${"Systemd::Daemon::$bare"} : \&{"Systemd::Daemon::$bare"};
    }
    sub _exporter_validate_opts {
        my (undef, $options) = @_;
        die "mutually exclusive\n" if $options->{hard} && $options->{soft};
        return;
    }
    sub _exporter_expand_sub {
        my ($class, $name, $value, $globals, $permitted) = @_;
        return $class->SUPER::_exporter_expand_sub($name, $value, $globals, $permitted)
            if $name !~ /^\$/ || $name !~ $permitted;
        $name = substr $name, 1;
        return $name => \${$name};
    }
}

my $count = 0;

# What a package has after an import: name and address of each, or that there was an exception.
sub imported {
    my ($module, @list) = @_;
    my $package = 'Importer' . $count++;
    my $warned  = 0;
    local $SIG{__WARN__} = sub { $warned++ };
    my %hash;
    my @given = map { ref eq 'HASH' ? {%$_} : $_ } @list;
    $given[0]{into} = \%hash if ref $given[0] eq 'HASH' && exists $given[0]{into};
    eval "package $package; \$module->import(\@given); 1" or return 'exception';
    no strict 'refs';
    my %have = map { my $name = $_; my $glob = \*{"${package}::$name"};
        ((defined &$glob ? ("&$name" => \&$glob) : ()), defined ${*$glob} ? ("\$$name" => ${*$glob}) : ()) }
        grep { $_ ne 'BEGIN' } keys %{"${package}::"};
    return join ' ', (map { "$_=$have{$_}" } sort keys %have), map({ "{$_}=" . (ref $hash{$_} eq 'SCALAR' ? ${ $hash{$_} }
        : $hash{$_}) } sort keys %hash), "warned $warned";
}

sub words { return join ' ', map { !defined ? 'undef' : ref eq 'HASH' ? '{' . join(',', map { $_ // 'undef' } %$_) . '}' : $_ } @_ }

sub same {
    my (@list) = @_;
    my ($ours, $theirs) = map { imported($_, @list) } 'Systemd::Daemon', 'Tiny';
    return 1 if $ours eq $theirs;
    diag "use (@{[ words(@list) ]})\n  ours:   $ours\n  theirs: $theirs";
    return 0;
}

my @written = (
    [], ['notify'], [qw( -soft -notify )], [qw( -soft notify )], [qw( -hard notify )], [qw( -hard -sd )], ['-default'], ['-all'],
    [':all'], [qw( -all !notify )], [qw( -hard -soft )], ['nothing'], ['$SD_NOTHING'], ['SD_ERR'], ['&notify'], ['!notify'],
    ['$SD_ERR' => { -as => 'ERR' }, '$SD_DEBUG' => { -as => 'DBG' }], [{ into => 1 }, 'notify'], [{ into => 1 }, '-all'],
    ['$SD_ALERT' => { -prefix => 'C_' }, '$SD_CRIT' => { -suffix => '_C' }], ['/^sd_is/'], ['/SD_/i'], [qw( -all !/sd/ )],
    [-sd_log => { -prefix => 'LOG_' }], [{ prefix => 'x_' }, 'notify'], [{ suffix => '_y' }, '-sd_booted'], ['-nothing' => { a => 1 }],
    [notify => undef, 'sd_booted'], [notify => [], 'sd_booted'], [-sd_booted => { -as => 'x' }], [notify => { -as => undef }],
    [{ as => sub { "x_$_[0]" } }, 'notify'], [notify => { -as => sub { uc $_[0] } }], ['notify', 'notify'],
    [notify => { -as => 'x' }, sd_booted => { -as => 'x' }], [notify => { -as => 'x', -prefix => 'p_' }],
    [-sd_notify => { -prefix => 'a_', -suffix => '_b' }, '!sd_notify'], ['!-sd_notify', ':sd_notify', 'sd_booted'],
);
ok same(@$_), words(@$_) for @written;

# The same list each time, so that a failure can be seen again.
srand 7;
sub pick { return $_[ rand @_ ] }
my @names = @Systemd::Daemon::EXPORT_OK;
my @tags  = (keys %Systemd::Daemon::EXPORT_TAGS, qw( default hard soft other notify ));
my $bad   = 0;
for my $round (1 .. 3000) {
    my @list = map {
        my $item = pick((sub { pick(@names) }) x 6, (sub { pick('-', ':') . pick(@tags) }) x 4, sub { '/' . pick('fds', '^sd', 'err', '$') . '/' . pick('', 'i') },
            (sub { '!' . pick(@names, '-sd_is', ':sd_log', '/notify/') }) x 3, sub { pick('SD_ERR', 'x', '&notify', '$SD_ERR') })->();
        ($item, pick((sub { }) x 8, sub { undef }, sub { { -prefix => 'p_' } }, sub { { -suffix => '_s' } },
            sub { { -as => pick('one', 'two') } }, sub { { -prefix => 'p_', -as => 'three' } })->())
    } 1 .. 1 + rand 4;
    unshift @list, { pick([prefix => 'g_'], [suffix => '_g'], [into => 1])->@* } if rand() < 0.2;
    $bad++ if !same(@list);
    last if $bad > 5;
}
is $bad, 0, 'random lists';

done_testing;
