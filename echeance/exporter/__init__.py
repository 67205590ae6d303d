"""The files with their events and delays, out again: an XES log, an object-centric log, or tables."""

from echeance.exporter.exporting import EXPORT_FORMATS, ExportCounts, export_files
from echeance.exporter.selection import Selection, SelectionError
