package Manager;

# Services of a real service manager. In a checkout, tests/support/with-systemd starts one for the test, and this module
# starts the test anew beside it.

use v5.26;
use warnings;
use FindBin;
use File::Temp;
use Test::More;
use Time::HiRes qw( sleep time );

my $with_systemd = "$FindBin::Bin/../../../tests/support/with-systemd";

sub import {
    return if $ENV{SD_CTL};
    plan skip_all => 'needs tests/support/with-systemd of the checkout' if !-x $with_systemd;
    my $answer = qx{"$with_systemd" true 2>&1};
    plan skip_all => "no service manager can be started here: $answer" if $? && $>;
    exec $with_systemd, $^X, '-w', (map { "-I$_" } @INC), $0;
    die "$with_systemd: $!\n";
}

# Beside a manager only: the process before it ends with exec(), which would leave the directory behind.
my $scratch = $ENV{SD_CTL} && File::Temp->newdir;
my $log_end = 0;

# Waits until a condition holds; a minute is far more than any needs.
sub wait_until {
    my ($condition, $name) = @_;
    my $end = time + 60;
    while (!$condition->()) {
        if (time > $end) {
            fail $name;
            diag manager_log();
            return 0;
        }
        sleep 0.05;
    }
    pass $name;
    return 1;
}

sub manager_log {
    open my $in, '<', $ENV{SD_LOG} or die "$ENV{SD_LOG}: $!";
    local $/;
    return scalar <$in>;
}

sub systemctl {
    my (@command) = @_;
    my $said = qx{$ENV{SD_CTL} @command 2>&1};
    return $said;
}

# A service: its name, its program (a file, or Perl code), more lines of its unit. It is started, not waited for.
sub start {
    my ($class, $name, $program, @lines) = @_;
    if ($program =~ /\n/) {
        my $code = $program;
        $program = "$scratch/$name.pl";
        open my $out, '>', $program or die "$program: $!";
        print $out "use v5.26; use warnings; use Systemd::Daemon qw( -hard notify :sd );\n$code";
        close $out or die "$program: $!";
    }
    my $perl = join ' ', $^X, '-w', map { qq("-I$_") } grep { !ref } @INC;
    unit("$name.service", '[Service]', 'Type=notify', "ExecStart=$perl $program", 'StandardError=append:' . "$scratch/$name.err", @lines);
    return bless { name => $name }, $class;
}

sub unit {
    my ($name, @lines) = @_;
    open my $out, '>', "$ENV{SD_UNITS}/$name" or die "$ENV{SD_UNITS}/$name: $!";
    print $out map { "$_\n" } @lines;
    close $out or die "$name: $!";
    systemctl('daemon-reload');
    systemctl('start', '--no-block', $name);
    return;
}

sub show {
    my ($self, $property) = @_;
    my $value = systemctl('show', '-P', $property, "$self->{name}.service");
    chomp $value;
    return $value;
}

# Waits until a property has a value.
sub wait_for {
    my ($self, $property, $value, $name) = @_;
    my $last = '';
    my $good = wait_until(sub { ($last = $self->show($property)) eq $value }, $name);
    diag "$self->{name}: $property is $last, not $value\n", $self->errors if !$good;
    return;
}

# What it wrote to its standard error.
sub errors {
    my ($self) = @_;
    open my $in, '<', "$scratch/$self->{name}.err" or return '';
    local $/;
    return scalar <$in>;
}

sub signal {
    my ($self, $signal) = @_;
    return systemctl('kill', '-s', $signal, "$self->{name}.service");
}

sub stop {
    my ($self) = @_;
    return systemctl('stop', "$self->{name}.service");
}

1;
