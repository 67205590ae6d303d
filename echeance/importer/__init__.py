"""Import of an export as CloudEvents; every row is accounted for."""

from echeance.importer.fates import Fates, UnaccountedRowsError
from echeance.importer.importing import import_file
from echeance.importer.plan import CorrectionPolicy
from echeance.importer.suggestion import suggest
from echeance.importer.totals import print_totals
from shared.mapping import ExportError
