"""``sources.yaml``: which topics of other systems are read, for which source, and how. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from shared.domain import FILE_ID, Catalogue, Word, is_source
from shared.domain.calendars import StrictModel
from shared.domain.strict_yaml import FaultsError, UnusableValueError, cited, reader
from shared.mapping import ExportMapping, read_value_mapping
from shared.text import Text

RecordFormat = Literal["cloudevents", "json", "outbox", "outbox-table"]
"""What a record is: a CloudEvent; JSON for a mapping; what Debezium's outbox event router writes;
a change event of the outbox table."""

_OWN_TOPICS: Final = "echeance."
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_MAPPED: Final = frozenset({"json"})
_NOT_MAPPED: Final = frozenset({"cloudevents"})


def _topic(name: str) -> str:
    if _TOPIC.fullmatch(name) is None or name in (".", ".."):
        raise UnusableValueError(
            f"{cited(name)} n’est pas un sujet de Kafka\u00a0: au plus 249 lettres, chiffres et . _ -",
            f"{name!r} is no topic of Kafka: at most 249 letters, digits and . _ -",
        )
    if name.startswith(_OWN_TOPICS):
        raise UnusableValueError(
            "les sujets d’Échéance ne se lisent pas eux-mêmes\u00a0: nommez celui d’un autre système",
            "the topics of Échéance are not read into themselves: name one of another system",
        )
    return name


def _source(source: str) -> str:
    if not is_source(source):
        raise UnusableValueError(
            f"{cited(source)} n’est pas une source\u00a0: un URI tel que https://example.org/permis",
            f"{source!r} is not a source: a URI such as https://example.org/permits",
        )
    return source


def _prefix(prefix: str) -> str:
    if FILE_ID.fullmatch(prefix) is None:
        raise UnusableValueError(
            f"{cited(prefix)} ne commence aucun identifiant de dossier",
            f"{prefix!r} begins no identifier of a file",
        )
    return prefix


TopicName = Annotated[str, AfterValidator(_topic)]
SourceName = Annotated[str, AfterValidator(_source)]
ReservedPrefix = Annotated[str, AfterValidator(_prefix)]
Text1 = Annotated[str, Field(min_length=1)]


class Brokers(StrictModel):
    """The other system's cluster, as ``ECHEANCE_KAFKA`` and its like name our own."""

    bootstrap: Text1
    ca_file: Text1 | None = None
    cert_file: Text1 | None = None
    key_file: Text1 | None = None
    user: Text1 | None = None
    password_file: Text1 | None = None

    @model_validator(mode="after")
    def _both(self) -> Brokers:
        if (self.user is None) != (self.password_file is None):
            raise UnusableValueError(
                "donnez user et password_file ensemble", "give user and password_file together"
            )
        if (self.cert_file is None) != (self.key_file is None):
            raise UnusableValueError(
                "donnez cert_file et key_file ensemble", "give cert_file and key_file together"
            )
        if self.cert_file is not None and self.ca_file is None:
            raise UnusableValueError(
                "donnez ca_file avec cert_file : TLS en dépend",
                "give ca_file with cert_file: TLS depends on it",
            )
        return self


class ReadTopic(StrictModel):
    """How a topic is read: for its ``source`` only, within the permissions that a token would have.

    ``mapping`` names a file beside this one; ``payload`` the column of an outbox table that holds
    the event.
    """

    source: SourceName
    format: RecordFormat
    mapping: Text1 | None = None
    payload: Text1 = "payload"
    units: Annotated[tuple[Word, ...], Field(min_length=1)] | None = None
    standards: Annotated[tuple[Word, ...], Field(min_length=1)] | None = None
    prefixes: tuple[ReservedPrefix, ...] = ()

    @model_validator(mode="after")
    def _as_the_format_asks(self) -> ReadTopic:
        if self.format in _MAPPED and self.mapping is None:
            raise UnusableValueError(
                f"le format {self.format} demande mapping: un fichier à côté de celui-ci",
                f"the format {self.format} needs mapping: a file beside this one",
            )
        if self.format in _NOT_MAPPED and self.mapping is not None:
            raise UnusableValueError(
                f"le format {self.format} n’a pas de mapping\u00a0: l’enlever, ou écrire format: json",
                f"the format {self.format} has no mapping: remove it, or write format: json",
            )
        return self


class SourcesFile(StrictModel):
    """The whole file. Without ``brokers`` the topics are on the cluster of ``ECHEANCE_KAFKA``."""

    brokers: Brokers | None = None
    topics: Annotated[Mapping[TopicName, ReadTopic], Field(min_length=1, max_length=50)]


ReadMapping = Callable[[str], str]
"""Reads the text of a mapping beside the file; may raise ``OSError``."""


def load_sources(
    text: str, name: str, catalogue: Catalogue, read: ReadMapping
) -> tuple[SourcesFile, Mapping[str, ExportMapping]]:
    """The file and the mappings of its topics; raises :class:`FaultsError` with every fault.

    Those of a mapping are told with that file's name.
    """
    file, document = reader.read(SourcesFile, text, name)
    faults = [document.fault(path, message) for path, message in _faults(file, catalogue)]
    if faults:
        raise FaultsError(name, faults)
    mappings = {}
    for topic, one in file.topics.items():
        if one.mapping is None:
            continue
        mapping = read_value_mapping(read(one.mapping), one.mapping, catalogue)
        mappings[topic] = mapping
        if mapping.source != one.source:
            message = Text(
                f"{cited(one.mapping)} écrit des événements de la source {cited(mapping.source)}\u00a0: écrire la même",
                f"{one.mapping!r} writes events of the source {mapping.source!r}: write the same",
            )
            faults.append(document.fault(("topics", topic, "source"), message))
    if faults:
        raise FaultsError(name, faults)
    return file, mappings


def _faults(
    file: SourcesFile, catalogue: Catalogue
) -> Iterator[tuple[tuple[str | int, ...], Text]]:
    """The words that the catalogue lacks."""
    for topic, one in file.topics.items():
        for kind, words in (("units", one.units or ()), ("standards", one.standards or ())):
            known = catalogue.listed("units" if kind == "units" else "standards")
            for index, word in enumerate(words):
                if word not in known:
                    yield (
                        ("topics", topic, kind, index),
                        Text(
                            f"le catalogue n’a rien sous {kind} du nom de {cited(word)}",
                            f"the catalogue has no {word!r} under {kind}",
                        ),
                    )
