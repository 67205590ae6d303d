"""How often each commitment was kept, and the report."""

from services.compliance.attainment import attainment, report, report_formats
from services.compliance.attainment.attainment import (
    ALL_YEARS,
    Attainment,
    Budget,
    attainment_of,
    decimal,
    measured_days,
)
from services.compliance.attainment.disclosure import DisclosedAttainment, Publication, PublicRow
from services.compliance.attainment.figures import (
    DECIDED,
    DELAYS,
    ON_BASIS,
    REPORT_FIGURES,
    SOME_FIGURES,
)
from services.compliance.attainment.measures import (
    OPEN_STAGES,
    REMAINING,
    WAITED,
    AttainmentReport,
    CallFormula,
    DaysAgo,
    Measure,
    OpenFiles,
)
from services.compliance.attainment.metrics import BusinessMetrics
from services.compliance.attainment.open_files import read_open_files, stages_now, waiting_files
from services.compliance.attainment.queries import measures, with_delays
from services.compliance.attainment.report_formats import ALL_YEARS_NAME, NOTE
from services.compliance.attainment.samples import FigureInputs, PeriodMeasures, business_figures
