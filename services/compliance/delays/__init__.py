"""How long files took: the distribution of delays, with and without the stops."""

from services.compliance.delays import clients, distribution
from services.compliance.delays.queries import read_delays
