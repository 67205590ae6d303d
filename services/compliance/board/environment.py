"""The templates: every value is escaped, and an unknown one is an error."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.compliance.attainment import DELAYS, ON_BASIS
from services.compliance.board.assets import ASSETS
from shared.domain import LIMIT_UNITS

TEMPLATES = Environment(
    loader=PackageLoader("services.compliance.board"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
TEMPLATES.globals["asset"] = lambda name: ASSETS[name].address
TEMPLATES.globals["on_basis"] = ON_BASIS
TEMPLATES.globals["delay_figures"] = DELAYS
TEMPLATES.globals["limit_units"] = LIMIT_UNITS
