"""The formats of exports: each gives the columns of a file, and its rows of cells.

A format is added by a module, and its line in ``FORMATS`` of :mod:`opening`.
"""

from echeance.importer.formats.archives import PEEKED_BYTES
from echeance.importer.formats.opening import open_rows
from echeance.importer.formats.source import Row, Wanted
