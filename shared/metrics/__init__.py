"""Every Prometheus series, declared once, and the registry of a process."""

from shared.metrics import series
from shared.metrics.registry import MEDIA_TYPES, ExpositionFormat, Metrics
from shared.metrics.series import BOARD_CONNECTIONS, Figures
