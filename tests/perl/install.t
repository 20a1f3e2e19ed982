# From the checkout to a distribution, and from there to an installed module, as a user's "perl Makefile.PL && make &&
# make test && make install" does it. Run at the top of the checkout, after target/perl was built.
use v5.26;
use warnings;
use Cwd 'getcwd';
use ExtUtils::Manifest qw( fullcheck );
use File::Copy;
use File::Temp;
use Test::More;

my $top     = getcwd;
my $scratch = File::Temp->newdir;
my ($version) = slurp('Cargo.toml') =~ /^version = "([\d.]+)"/m;
my ($major, $minor, $patch) = split /\./, $version;
my $perl_version = sprintf '%d.%d%03d', $major, 100 + $minor, $patch;
delete @ENV{qw( PERL5LIB PERL_MM_OPT PERL_MB_OPT PKG_CONFIG_PATH )};

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!";
    local $/;
    return scalar <$in>;
}

# Runs a command in a directory; its result and all it said.
sub run_in {
    my ($directory, $command) = @_;
    my $said = qx{cd '$directory' && { $command; } 2>&1};
    return ($?, $said);
}

sub runs {
    my ($directory, $command, $name) = @_;
    my ($result, $said) = run_in($directory, $command);
    is $result, 0, $name or diag $said;
    return $said;
}

# Every file of the module is in its distribution.
{
    chdir "$top/bindings/perl" or die "chdir: $!";
    local $ExtUtils::Manifest::Quiet = 1;
    my ($missing, $extra) = fullcheck();
    is "@$missing", '', 'no file of MANIFEST is missing';
    # Daemon.c is made from Daemon.xs, where somebody built in place.
    is "@{[ grep { $_ ne 'Daemon.c' } @$extra ]}", '', 'no file is missing in MANIFEST';
    chdir $top or die "chdir: $!";
}

# make dist does not replace one.
unlink glob "$top/target/perl/Systemd-Daemon-*.tar.gz";
runs("$top/target/perl", 'make dist', 'make dist');
my ($archive) = glob "$top/target/perl/Systemd-Daemon-*.tar.gz";
like $archive, qr/-\Q$perl_version\E\.tar\.gz$/, 'its version is that of the library';
runs($scratch, "tar xzf $archive", 'it unpacks');
my ($source) = glob "$scratch/Systemd-Daemon-*";

# What CPAN and its readers look for.
my @missing = grep { !-e "$source/$_" } qw( Changes LICENSE MANIFEST META.json README.md );
is "@missing", '', 'its papers are there';
is slurp("$source/LICENSE"), slurp("$top/LICENSE"), 'the licence of the project';
like slurp("$source/Changes"), qr/^\Q$perl_version\E /m, 'its version is in Changes';
{
    require CPAN::Meta;
    my $meta = CPAN::Meta->load_file("$source/META.json");
    is $meta->version, $perl_version, 'META.json has the version';
    is join(' ', $meta->license), 'mit', 'and the licence';
    is join(' ', sort keys %{ $meta->effective_prereqs->requirements_for('runtime', 'requires')->as_string_hash }), 'perl',
        'it needs Perl alone';
}

# Nowhere to be found.
my ($result, $said) = run_in($source, "PKG_CONFIG=false $^X Makefile.PL");
is $result, 0, 'without the library: that is no failure';
like $said, qr/^Systemd::Daemon needs the C library libsdnotify .*libsdnotify-dev/s, 'it says what to install';
ok !-e "$source/Makefile", 'and no Makefile';

# By CPAN's client: what testers count as "not applicable".
{
    local $ENV{PERL_CPANM_HOME} = "$scratch/cpanm";
    my $cpanm = "cpanm --mirror file://$scratch --mirror-only --local-lib-contained $scratch/cpan $archive";
    ($result, $said) = run_in($scratch, "PKG_CONFIG=false $cpanm");
    like $said, qr/^N\/A$/m, 'cpanm without the library';
    $said = runs($scratch, "PKG_CONFIG_PATH=$top/target/tree/lib/pkgconfig $cpanm", 'cpanm with the library');
    like $said, qr/^Successfully installed Systemd-Daemon-\Q$perl_version\E$/m, 'it is installed';
}

# Found by hand.
my $tree = "$top/target/tree";
runs($source, "PKG_CONFIG=false $^X Makefile.PL INC=-I$tree/include/libsdnotify LIBS='-L$tree/lib -lsdnotify' && make",
    'with INC and LIBS');
runs($source, 'make realclean', 'make realclean');

# Where an older library is, without libsdjournal.
my $old = File::Temp->newdir;
{
    copy("$tree/lib/pkgconfig/libsdnotify.pc", $old) or die "libsdnotify.pc: $!";
    local @ENV{qw( PKG_CONFIG_PATH PKG_CONFIG_LIBDIR )} = ($old, $old);
    $said = runs($source, "$^X Makefile.PL && make", 'without libsdjournal');
    like $said, qr/^Systemd::Journal is left out: /m, 'it says so';
    $said = runs($source, "make test TEST_FILES='t/journal.t t/journal-signals.t t/pod.t'", 'its tests');
    like $said, qr/journal\.t \.+ skipped: Systemd::Journal is not built/, 'are skipped';
    runs($source, 'make realclean', 'make realclean');
}

# Found by pkg-config.
local $ENV{PKG_CONFIG_PATH} = "$tree/lib/pkgconfig";
runs($source, "$^X Makefile.PL PREFIX=/opt/perl", 'perl Makefile.PL');
runs($source, 'make', 'make');
$said = runs($source, 'make test', 'make test');
like $said, qr/^Result: PASS$/m, 'its tests pass';
like $said, qr/manager\.t \.+ skipped: needs tests.support.with-systemd of the checkout/, 'those that can run there';
runs($source, "make install DESTDIR=$scratch/root", 'make install');
my @installed = grep { !/perllocal|\.packlist/ } split /\n/, qx{cd $scratch/root && find . -type f | sort};
is scalar(@installed), 14, 'fourteen files' or diag explain \@installed;
my ($journal) = grep { m{/auto/Systemd/Journal/Journal\.so$} } @installed;
ok $journal, 'the object of Systemd::Journal';
like "@installed", qr{/Systemd/Daemon\.pm .*/Systemd/Daemon\.pod .*/Systemd/Daemon/Exporter\.pm .*/auto/Systemd/Daemon/Daemon\.so .*/Systemd::Daemon\.3pm .*/Systemd::Daemon::Channel\.3pm},
    'module, documentation, object, manual page';

my ($module) = grep { m{/Systemd/Daemon\.pm$} } @installed;
my $lib = "$scratch/root/" . $module =~ s{/Systemd/Daemon\.pm$}{}r;
is qx{$^X -w -I$lib -e 'use Systemd::Daemon 0.07 qw( -hard notify ); print Systemd::Daemon->VERSION, " ", notify(READY => 1)'},
    "$perl_version 0", 'it loads, and knows its version';
sub runpath { return join ' ', qx{readelf -d $_[0]} =~ /\((?:RUNPATH|RPATH)\).*\[(.*)\]/g }
is runpath("$lib/auto/Systemd/Daemon/Daemon.so"), "$tree/lib", 'it remembers where the library is';
runs($source, 'touch Daemon.xs && make LD_RUN_PATH=', 'make LD_RUN_PATH=');
unlike qx{readelf -d $source/blib/arch/auto/Systemd/Daemon/Daemon.so}, qr/RUNPATH|RPATH/, 'no RUNPATH, not even an empty one';
my @needed = slurp_needed("$lib/auto/Systemd/Daemon/Daemon.so");
is "@needed", 'libc.so.6 libsdnotify.so.0', 'it needs libsdnotify and the C library';

is join(' ', grep { /libsd/ } slurp_needed("$scratch/root/$journal")), 'libsdjournal.so.0', 'Systemd::Journal needs the other';
is runpath("$scratch/root/$journal"), "$tree/lib", 'and remembers where that is';
my $entry = 'use Systemd::Journal; print Systemd::Journal->VERSION, " ", $INC{"Systemd/Daemon.pm"} // "alone"';
is qx{$^X -w -I$lib -e '$entry'}, "$perl_version alone", 'Systemd::Journal loads by itself';

sub slurp_needed {
    my ($file) = @_;
    return sort qx{readelf -d $file} =~ /\(NEEDED\).*\[(.*)\]/g;
}

# What a program loads with it: no module that is not part of Perl, and not libsystemd.
my $loaded = qx{NOTIFY_SOCKET=\@x $^X -I$lib -e 'use Systemd::Daemon "notify"; notify(READY => 1); print join(" ", sort keys %INC), "\n", do { local (\@ARGV, \$/) = "/proc/self/maps"; <> }'};
like $loaded, qr{^Systemd/Daemon\.pm Systemd/Daemon/Exporter\.pm XSLoader\.pm strict\.pm warnings\.pm$}m, 'three modules of Perl';
like $loaded, qr{/libsdnotify\.so}, 'libsdnotify';
unlike $loaded, qr{/libsystemd\.so}, 'and not libsystemd';

done_testing;
