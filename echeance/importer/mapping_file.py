"""A mapping read from its file, with the catalogue of its words.

A fault of either has its line and column. A mapping with a fault imports nothing.
"""

from __future__ import annotations

from pathlib import Path

from shared.domain import Catalogue
from shared.domain import catalogue as catalogues
from shared.domain.strict_yaml import FaultsError, reader
from shared.mapping import ExportMapping, catalogue_faults, validated_mapping
from shared.process import regular_files


def load(path: Path, unless_named: Catalogue) -> tuple[ExportMapping, Catalogue]:
    """A mapping file, and the catalogue that it names, or else ``unless_named``.

    Raises :class:`FaultsError` for either file, and OSError when one cannot be read at all.
    """
    document = reader.parse_keys(regular_files.read_text(path), path.name)
    mapping, faults = validated_mapping(document)
    name = document.value.get("catalogue")
    catalogue = unless_named
    if isinstance(name, str):
        beside = path.parent / name
        try:
            catalogue = catalogues.load_catalogue_text(regular_files.read_text(beside), beside.name)
        except (FaultsError, OSError):
            if faults:  # a mapping's own faults come first: the catalogue may be the wrong one
                raise FaultsError(path.name, faults) from None
            raise
    faults += catalogue_faults(document, catalogue)
    if mapping is None or faults:
        raise FaultsError(path.name, faults)
    return mapping, catalogue
