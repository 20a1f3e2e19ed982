package Systemd::Daemon::Stub;

# The functions of Systemd::Daemon::XS doing nothing: the name of a module that CPAN's Systemd::Daemon 0.07 has.

use strict;
use warnings;

use Errno ();
use Systemd::Daemon qw( -soft );

our $VERSION = '@VERSION@';
our @ISA     = ('Systemd::Daemon::Exporter');

our %EXPORT_TAGS = %Systemd::Daemon::EXPORT_TAGS;
our @EXPORT_OK   = @{ $EXPORT_TAGS{sd} };
$EXPORT_TAGS{all} = \@EXPORT_OK;
delete $EXPORT_TAGS{sdn};
Systemd::Daemon->import({ into => __PACKAGE__ }, grep { /^\$/ } @EXPORT_OK);
{
    no strict 'refs';
    *$_ = sub { return -Errno::ENOSYS() } for grep { !/^\$/ } @EXPORT_OK;
}

sub _validate_import { return }

1;
