"""What is still possible: the latest schedule that reaches a target, and how likely it is."""

from services.compliance.forecast import effects, risk
from services.compliance.forecast.effects import (
    NO_EFFECTS,
    DecisionEffects,
    WhyNotRanked,
    why_not_ranked,
)
from services.compliance.forecast.forecaster import Forecaster
from services.compliance.forecast.metrics import ForecastMetrics
from services.compliance.forecast.model import ChanceInTen, ForecastModel
from services.compliance.forecast.reach import (
    LateBudget,
    Staircase,
    StaircaseStep,
    burn_down,
    by_week,
    to_decide,
)
from services.compliance.forecast.readings import Reaching, read_late_by_day, read_reach
from services.compliance.forecast.risk import Risk, RiskHistory, RiskRecord
