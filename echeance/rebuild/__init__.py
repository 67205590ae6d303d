"""Online rebuilds: shadow tables are filled while the services run, and swapped in."""

from echeance.rebuild.clock import rebuild_clock
from echeance.rebuild.compliance import rebuild_compliance
from echeance.rebuild.follower import Differences
