"""What small numbers can and cannot say, and whether the oldest come first."""

from services.compliance.variation import (
    age_order,
    attainment_chart,
    binomial,
    chance,
    control_chart,
    funnel,
)
from services.compliance.variation.keeper import AgeOrderKeeper, AgeOrderReading
from services.compliance.variation.queries import read_chart, read_funnel
