package Built;

# Stops the whole run where there is nothing to test yet: "prove -l t" finds the module's Perl, and not its C.

use strict;
use warnings;
use Test::More;

{
    # What the module says for want of its C, it says to programs; here one line is enough.
    local $SIG{__WARN__} = sub { };
    BAIL_OUT('Systemd::Daemon is not built: perl Makefile.PL && make, then make test, or prove -b t')
        if !eval { require Systemd::Daemon; 1 } || defined Systemd::Daemon::load_error();
}

1;
