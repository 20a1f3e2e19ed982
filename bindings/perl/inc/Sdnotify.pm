package Sdnotify;

# What both Makefile.PL need: where the libraries are, and which version this is.

use v5.26;
use warnings;
use File::Basename 'dirname';
use File::Spec::Functions qw( catfile rel2abs updir );

my $top         = dirname(dirname(rel2abs(__FILE__)));
my $checkout    = catfile($top, updir, updir);
my $cargo       = catfile($checkout, 'Cargo.toml');
my $checked_out = -e catfile($checkout, 'abi', 'libsystemd.map');

if ($checked_out) {
    $ENV{PKG_CONFIG_PATH} = join ':', grep { defined && length } $ENV{PKG_CONFIG_PATH},
        catfile($checkout, qw( target tree lib pkgconfig ));
}

# What pkg-config says about a library; undef if it does not know it.
sub pkg_config {
    my ($library, $question) = @_;
    my $pkg_config = $ENV{PKG_CONFIG} // 'pkg-config';
    my $answer     = qx{$pkg_config $question $library 2>/dev/null};
    return undef if $?;
    chomp $answer;
    return $answer;
}

# In a distribution that "make dist" made, the version is in META.json.
sub version {
    my $meta = catfile($top, 'META.json');
    return $1 if -e $meta && slurp($meta) =~ /^\s*"version"\s*:\s*"([\d.]+)"/m;
    return perl_version($1) if $checked_out && slurp($cargo) =~ /^version = "(.*)"$/m;
    return perl_version(pkg_config('libsdnotify', '--modversion')
            // die "no version: neither META.json nor Cargo.toml nor pkg-config\n");
}

# The one version of the project, as a decimal number: that is how 0.07 of CPAN's module of this name was counted, and
# "use Systemd::Daemon 0.07" has to go on working. 0.1.0 is 0.101000, 0.2.13 is 0.102013, 1.0.0 is 1.100000.
sub perl_version {
    my ($version) = @_;
    my ($major, $minor, $patch) = $version =~ /^(\d+)\.(\d+)\.(\d+)/ or die "not a version: $version\n";
    return sprintf '%d.%d%03d', $major, 100 + $minor, $patch;
}

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!\n";
    local $/;
    return scalar <$in>;
}

# "make LD_RUN_PATH=" omits the RUNPATH: for an empty variable in its environment, the linker would write an empty one.
# ExtUtils::MakeMaker takes these away with each Makefile that it writes.
sub overrides {
    no warnings qw( once redefine );
    *MY::postamble   = sub { return "unexport LD_RUN_PATH\n" };
    *MY::dynamic_lib = sub {
        my ($self, @arguments) = @_;
        my $rules = $self->MM::dynamic_lib(@arguments);
        $rules =~ s/LD_RUN_PATH="\$\(LD_RUN_PATH\)"/\$(if \$(LD_RUN_PATH),LD_RUN_PATH="\$(LD_RUN_PATH)")/g;
        return $rules;
    };
    return;
}

1;
