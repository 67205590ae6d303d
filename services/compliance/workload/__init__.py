"""The files in hand: how old they are, and how they come and go."""

from services.compliance.workload import ageing, movement
from services.compliance.workload.ageing import AgeBand, age_bands
from services.compliance.workload.movement import Grouping, Movement
from services.compliance.workload.queries import Workload, read_workload
