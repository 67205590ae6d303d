"""The JSON API of compliance."""

from services.compliance.api import responses, routes
from services.compliance.api.parameters import Audience
from services.compliance.api.reports import ReportRequest, export_report, read_report
from services.compliance.api.requests import RequestParameters
from services.compliance.api.stops import FileToVerify, OfRule, file_to_verify, stop_scope
from services.compliance.api.views import CorrectionView, MeasuredFile, ResultView
