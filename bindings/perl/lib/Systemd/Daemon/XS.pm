package Systemd::Daemon::XS;

# The C functions and the constants by the name of a module that CPAN's Systemd::Daemon 0.07 has; without the library, an
# exception.

use strict;
use warnings;

use Systemd::Daemon qw( -hard );

our $VERSION = '@VERSION@';
our @ISA     = ('Systemd::Daemon::Exporter');

our %EXPORT_TAGS = %Systemd::Daemon::EXPORT_TAGS;
our @EXPORT_OK   = @{ $EXPORT_TAGS{sd} };
$EXPORT_TAGS{all} = \@EXPORT_OK;
delete $EXPORT_TAGS{sdn};
Systemd::Daemon->import({ into => __PACKAGE__ }, @EXPORT_OK);

sub _validate_import { return }

1;
