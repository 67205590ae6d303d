"""Why a row, a JSON value or a whole export cannot be read: codes, and texts in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from shared.text import Text

ReasonCode = Literal[
    "cell_empty",
    "csv_malformed",
    "identifier_invalid",
    "identifier_too_long",
    "items_missing",
    "items_too_many",
    "not_a_scalar",
    "not_in_encoding",
    "row_length",
    "state_after_end",
    "text_too_long",
    "time_extreme",
    "time_nonexistent",
    "time_of_day_missing",
    "time_unreadable",
    "time_without_zone",
    "word_unknown",
    "zone_unknown",
    "archive",
    "binary",
    "column_missing",
    "column_twice",
    "declaration_refused",
    "encoding_broken",
    "file_empty",
    "gzip_broken",
    "extra_missing",
    "json_malformed",
    "json_of_one_value",
    "key_missing",
    "line_too_long",
    "not_an_export",
    "not_ocel",
    "not_xes",
    "parquet_broken",
    "sheet_missing",
    "sheets_several",
    "too_large",
    "unopenable",
    "workbook_broken",
    "workbook_locked",
    "xml_broken",
    "zip_broken",
    "zip_of_several",
]

TEXTS: Mapping[ReasonCode, Text] = {
    "cell_empty": Text("cellule ou valeur vide", "empty cell or value"),
    "csv_malformed": Text(
        "ligne CSV mal formée (guillemet non fermé, texte après un guillemet, ou cellule trop longue)",
        "malformed CSV line (a quote that is not closed, text after a quote, or a cell too long)",
    ),
    "identifier_invalid": Text(
        "identifiant non admis (lettres, chiffres et . _ : - seulement\u00a0; voir «\u00a0replace\u00a0»)",
        "identifier not allowed (letters, digits and . _ : - only; see “replace”)",
    ),
    "identifier_too_long": Text(
        "identifiant trop long (64 caractères pour un dossier, 128 pour un événement)",
        "identifier too long (64 characters for a file, 128 for an event)",
    ),
    "items_missing": Text(
        "pas de tableau à cet endroit («\u00a0items\u00a0»)", "no array at this place (“items”)"
    ),
    "items_too_many": Text(
        "trop d’éléments à la fois\u00a0; les envoyer en plusieurs fois",
        "too many items at once; send them in several parts",
    ),
    "not_a_scalar": Text(
        "un objet ou un tableau, là où un texte ou un nombre est attendu",
        "an object or an array, where a text or a number is expected",
    ),
    "not_in_encoding": Text(
        "octets illisibles dans l’encodage indiqué", "bytes unreadable in the encoding given"
    ),
    "row_length": Text("nombre de cellules inattendu", "unexpected number of cells"),
    "state_after_end": Text(
        "le dossier était terminé, et la correspondance ne dit pas par quel motif il reprend («\u00a0reason\u00a0»)",
        "the file had ended, and the mapping does not say by which “reason” it begins again",
    ),
    "text_too_long": Text(
        "texte trop long pour être un identifiant, une date ou un mot",
        "text too long to be an identifier, a time or a word",
    ),
    "time_extreme": Text(
        "date au bord de ce qui s’écrit (an 1 ou 9999) : souvent « pas de date » dans le système",
        "date at the edge of what can be written (year 1 or 9999): often “no date” in the system",
    ),
    "time_nonexistent": Text(
        "heure inexistante ce jour-là (passage à l’heure d’été)",
        "time that does not exist on that day (clocks go forward)",
    ),
    "time_of_day_missing": Text(
        "date sans heure\u00a0: rien ne dit sa place parmi les événements du jour\u00a0; désigner une valeur qui a l’heure, ou importer un fichier",
        "date without a time of day: nothing tells its place among the events of the day; point at a value with the time, or import a file",
    ),
    "time_unreadable": Text(
        "date ou heure illisible selon «\u00a0time_formats\u00a0»",
        "date or time unreadable by “time_formats”",
    ),
    "time_without_zone": Text(
        "heure sans décalage, et la correspondance ne nomme pas de «\u00a0zone\u00a0»",
        "time without an offset, and the mapping names no “zone”",
    ),
    "word_unknown": Text(
        "valeur absente de «\u00a0words\u00a0», et sans «\u00a0otherwise\u00a0»",
        "value not listed in “words”, and no “otherwise”",
    ),
    "zone_unknown": Text(
        "un nom de fuseau n’est pas un décalage\u00a0; écrire UTC, GMT, Z ou un décalage comme -0500",
        "the name of a zone is no offset; write UTC, GMT, Z or an offset such as -0500",
    ),
    "archive": Text("le fichier est une archive", "the file is an archive"),
    "binary": Text(
        "le fichier n’est pas un texte, ou l’est en UTF-16 («\u00a0csv: {encoding: utf-16}\u00a0»)",
        "the file is no text, or one in UTF-16 (“csv: {encoding: utf-16}”)",
    ),
    "column_missing": Text(
        "colonne de la correspondance absente du fichier", "the mapping’s column is not in the file"
    ),
    "column_twice": Text(
        "colonne présente deux fois dans le fichier", "the column stands twice in the file"
    ),
    "declaration_refused": Text(
        "une déclaration d’entité ou d’attribut n’est pas lue : l’enlever du fichier",
        "a declaration of an entity or attribute is not read: remove it from the file",
    ),
    "encoding_broken": Text(
        "fichier illisible dans l’encodage indiqué", "the file cannot be read in the encoding given"
    ),
    "file_empty": Text("fichier vide", "the file is empty"),
    "gzip_broken": Text(
        "fichier compressé endommagé ou incomplet", "the compressed file is damaged or incomplete"
    ),
    "key_missing": Text(
        "aucun événement du journal n’a cette clé de la correspondance",
        "no event of the log has this key of the mapping",
    ),
    "line_too_long": Text(
        "une ligne ou une balise de plus de 1 Mio\u00a0: ce n’est pas un export",
        "a line or a tag longer than 1 MiB: this is no export",
    ),
    "not_an_export": Text(
        "ce format n’est pas lu (CSV, classeur, lignes JSON, Parquet, XES et OCEL le sont)",
        "this format is not read (CSV, workbooks, JSON lines, Parquet, XES and OCEL are)",
    ),
    "not_ocel": Text(
        "ce n’est pas un journal OCEL 2.0 que l’on peut lire", "no OCEL 2.0 log that can be read"
    ),
    "parquet_broken": Text("fichier Parquet endommagé", "the Parquet file is damaged"),
    "sheet_missing": Text("le classeur n’a pas cette feuille", "the workbook has no such sheet"),
    "sheets_several": Text(
        "plusieurs feuilles du classeur ont des lignes\u00a0: en nommer une sous «\u00a0sheet\u00a0»",
        "several sheets of the workbook have rows: name one as “sheet”",
    ),
    "too_large": Text("le contenu est trop grand", "what is in it is too large"),
    "workbook_broken": Text("classeur endommagé", "the workbook is damaged"),
    "workbook_locked": Text(
        "classeur protégé par un mot de passe\u00a0: l’enregistrer sans",
        "the workbook has a password: save it without",
    ),
    "zip_broken": Text("archive ZIP endommagée ou chiffrée", "the ZIP is damaged or encrypted"),
    "zip_of_several": Text(
        "l’archive a plusieurs fichiers, ou aucun\u00a0: en extraire l’export",
        "the archive has several files, or none: extract the export from it",
    ),
    "extra_missing": Text(
        "ce format demande l’extra «\u00a0import\u00a0» (pip install 'echeance[import]')",
        "this format needs the extra “import” (pip install 'echeance[import]')",
    ),
    "json_of_one_value": Text(
        "un document JSON qui n’est pas fait de lignes", "a JSON document that is not of lines"
    ),
    "json_malformed": Text("la ligne n’est pas un objet JSON", "the line is no JSON object"),
    "not_xes": Text(
        "document XML qui n’est pas un journal XES", "an XML document that is not an XES log"
    ),
    "unopenable": Text("fichier impossible à ouvrir", "the file cannot be opened"),
    "xml_broken": Text("XML mal formé ou incomplet", "the XML is malformed or incomplete"),
}

_SHOWN_CHARACTERS = 80


class Reason(NamedTuple):
    """Why a row cannot be read; ``detail`` is language neutral: a column and its cell, a count.

    ``hint`` says what would be right, where that can be known; ``others`` are what else is wrong
    with the row.
    """

    code: ReasonCode
    detail: str
    hint: Text | None = None
    others: tuple[Reason, ...] = ()

    @property
    def every(self) -> Sequence[Reason]:
        """All that is wrong with the row."""
        return (self, *self.others)

    @property
    def text(self) -> Text:
        """The whole reason, in both languages."""
        fr, en = TEXTS[self.code]
        if self.detail:
            fr, en = f"{fr}\u00a0: {self.detail}", f"{en}: {self.detail}"
        if self.hint is not None:
            fr, en = f"{fr}\u00a0; {self.hint.fr}", f"{en}; {self.hint.en}"
        for other in self.others:
            fr, en = f"{fr}\u00a0; {other.text.fr}", f"{en}; {other.text.en}"
        return Text(fr, en)


class UnreadableRowError(ValueError):
    """This row cannot be read; the next one may be."""

    def __init__(self, code: ReasonCode, detail: str) -> None:
        self.reason = Reason(code, detail)
        super().__init__(f"{code}: {detail}")


class ExportError(ValueError):
    """Nothing from ``line`` on can be read. What came before it is good and has been handed out."""

    def __init__(
        self, line: int, code: ReasonCode, detail: str = "", hint: Text | None = None
    ) -> None:
        self.line = line
        self.reason = Reason(code, detail, hint)
        super().__init__(f"{line}: {code}: {detail}")


def shown(cell: str) -> str:
    """A cell as a message shows it: short, on one line, printable."""
    text = cell if len(cell) <= _SHOWN_CHARACTERS else f"{cell[:_SHOWN_CHARACTERS]}…"
    return repr(text).encode("utf-8", "backslashreplace").decode()
