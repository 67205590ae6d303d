"""The annual report, to read and print: commitments in the catalogue's words, and results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from services.compliance.attainment import (
    ALL_YEARS,
    ALL_YEARS_NAME,
    AttainmentReport,
    CallFormula,
    Measure,
)
from services.compliance.board.assets import ASSETS
from services.compliance.board.environment import TEMPLATES
from services.compliance.board.translator import Translator
from services.compliance.explanations import Explanation
from services.compliance.periods import Period, fiscal_year, is_over
from services.compliance.projection import Basis
from services.compliance.publication import (
    NOTE,
    TOGETHER,
    DisclosedAttainment,
    Publication,
    PublicRow,
)
from shared.domain import Catalogue, Standard, Terms
from shared.process import Now
from shared.text import Language, Text

UNIT_BASES: Sequence[Basis] = ("decided", "due")
"""The bases that are reported for each unit."""


class Section(NamedTuple):
    """One commitment: its summaries in the year, its figures, and those for staff only."""

    standard: str
    name: Text
    source: Text
    summaries: Sequence[Text]
    total: PublicRow
    units: Sequence[PublicRow]
    measure: Measure | None
    formulas: Mapping[str, CallFormula]
    units_withheld: bool = False
    explanation: Explanation | None = None

    @property
    def verdict(self) -> str:
        """How the commitment stands by the published figure."""
        decided = self.total.decided
        if decided.withheld:
            return "withheld"
        if decided.ratio is None:
            return "nothing"
        return "reached" if decided.ratio >= self.total.target else "below"

    @property
    def rows(self) -> Sequence[PublicRow]:
        """All units together, then each."""
        return [self.total, *self.units]

    @property
    def has_groups(self) -> bool:
        """Whether units are shown together."""
        return any(len(row.units) > 1 for row in self.units)


class Annual(NamedTuple):
    """The whole report; ``public`` when small numbers are withheld."""

    period: Period
    over: bool
    public: bool
    sections: Sequence[Section]

    @property
    def year(self) -> bool:
        """Whether it is of a fiscal year, and not of another period."""
        first = self.period.first
        return self.period == fiscal_year(first.year, (first.month, first.day))

    @property
    def all_years(self) -> bool:
        return self.period == ALL_YEARS

    def verdicts(self, *verdicts: str) -> int:
        return sum(section.verdict in verdicts for section in self.sections)


def of_report(report: AttainmentReport | Publication, catalogue: Catalogue) -> Annual:
    """A report as it is read: every figure, or what may be published."""
    if isinstance(report, Publication):
        rows, measures = report.rows, dict[str | None, Measure]()
    else:
        rows = [_full_row(row) for row in report.rows]
        measures = {row.standard: row for row in report.rows if row.unit is None}
    by_unit = isinstance(report, Publication) and report.by_unit and len(catalogue.units) > 1
    sections = []
    for total in rows:
        if total.unit is None:
            standard, measure = catalogue.standards[total.standard], measures.get(total.standard)
            units = [row for row in rows if row.standard == total.standard and row.units]
            section = Section(
                total.standard,
                standard.name.text(),
                standard.source.text(),
                _summaries(standard, catalogue, report.period),
                total,
                units,
                measure,
                measure.formulas(catalogue, report.period.last) if measure else {},
                by_unit and not units,
                report.explanations.get(total.standard),
            )
            sections.append(section)
    over = is_over(report.period, report.today)
    return Annual(report.period, over, isinstance(report, Publication), sections)


def _full_row(row: Measure) -> PublicRow:
    """The row of a measure with nothing withheld."""
    assert row.standard is not None and row.target is not None
    decided, due = DisclosedAttainment.of(row.decided), DisclosedAttainment.of(row.due)
    units = () if row.unit is None else (row.unit,)
    return PublicRow(row.standard, units, row.target, decided, due)


def _summaries(standard: Standard, catalogue: Catalogue, period: Period) -> Sequence[Text]:
    """The summaries in effect in the period, each once, and for which files where not for all."""
    summaries = [
        _of_whom(terms, catalogue)
        for terms in standard.terms
        if (terms.effective_from or date.min) <= period.last
        and period.first <= (terms.effective_to or date.max)
    ]
    if not summaries:
        summaries = [_of_whom(standard.nearest_terms(period.last), catalogue)]
    return list(dict.fromkeys(summaries))


def _of_whom(terms: Terms, catalogue: Catalogue) -> Text:
    """A summary, and the attributes of its files: ``Décider en 5 jours (Priorité : urgent).``"""
    summary = terms.summary.text()
    if not terms.when:
        return summary

    def said(spoken: Language, colon: str, semicolon: str) -> str:
        files = semicolon.join(
            catalogue.word(name).within(spoken)
            + colon
            + ", ".join(catalogue.word(word).within(spoken) for word in words)
            for name, words in terms.when.items()
        )
        return f"{summary.within(spoken)} ({files})"

    return Text(said("fr", "\u00a0: ", "\u00a0; "), said("en", ": ", "; "))


class Frame(NamedTuple):
    """The language, moment and notice of a document; ``styled`` embeds the style sheet."""

    spoken: Language
    now: datetime
    notice: Text | None = None
    styled: bool = False


def document(annual: Annual, catalogue: Catalogue, frame: Frame) -> str:
    """The report without the board around it."""
    translator = Translator(frame.spoken, REPORT, catalogue.zone)
    return TEMPLATES.get_template("report.html").render(
        t=translator,
        report=annual,
        catalogue=catalogue,
        moment=translator.moment(frame.now),
        notice=translator.of(frame.notice) if frame.notice else None,
        style=ASSETS["board.css"].content.decode() if frame.styled else None,
    )


def renderer(
    catalogue: Catalogue, now: Now, notice: Text | None = None
) -> Callable[[AttainmentReport | Publication, Language], str]:
    """What makes a document of a report, for the API; ``notice`` stands at its head."""

    def render(report: AttainmentReport | Publication, spoken: Language) -> str:
        moment = now()
        if report.today != catalogue.local_day(moment):  # as known on a day: at its end
            moment = catalogue.end_of_day(report.today)
        return document(of_report(report, catalogue), catalogue, Frame(spoken, moment, notice))

    return render


REPORT: Final[Mapping[str, Text]] = {
    "title_of_year": Text(
        "Rapport annuel des engagements, exercice {period}",
        "Annual report on commitments, fiscal year {period}",
    ),
    "all_years": ALL_YEARS_NAME,
    "title_of": Text("Rapport des engagements, {period}", "Report on commitments, {period}"),
    "fiscal_year": Text("Exercice", "Fiscal year"),
    "audience": Text("Pour", "For"),
    "staff": Text("le personnel : tous les chiffres", "staff: every figure"),
    "public": Text("le public : petits nombres retenus", "the public: small numbers withheld"),
    "detail": Text("Détail", "Detail"),
    "in_all": Text("toutes les unités ensemble", "all units together"),
    "each_unit": Text("chaque unité", "each unit"),
    "choose": Text("Choisir le rapport", "Choose the report"),
    "days": Text("Du {first} au {last}", "{first} to {last}"),
    "as_of_report": Text("Chiffres connus le {moment}.", "Figures as known on {moment}."),
    "not_over": Text(
        "L’exercice n’est pas terminé : ces chiffres changeront.",
        "The fiscal year is not over: these figures will change.",
    ),
    "of_all": Text(
        "Engagements qui ont atteint leur cible\u00a0: {reached} sur {measured}.",
        "{reached} of {measured} commitments reached their target.",
    ),
    "worst_first": Text("Du plus en retard au mieux tenu.", "Worst first."),
    "in_order": Text("Dans l’ordre de la déclaration.", "In the order of the declaration."),
    "commitment": Text("Engagement", "Commitment"),
    "due": Text("Dossiers échus", "Files due"),
    "verdict": Text("Résultat", "Result"),
    "note": NOTE,
    "withheld": Text("retenu", "withheld"),
    "late_of": Text(
        "Retards permis\u00a0: {allowed}\u00a0; utilisés\u00a0: {used}\u00a0; engagés\u00a0: {committed}\u00a0; restants\u00a0: {left}.",
        "Late files allowed: {allowed}; used: {used}; committed: {committed}; left: {left}.",
    ),
    "received_of": Text(
        "Dossiers reçus\u00a0: {received}\u00a0; retirés\u00a0: {withdrawn}.",
        "Files received: {received}; withdrawn: {withdrawn}.",
    ),
    "delays_net": Text("Délai net", "Net delay"),
    "delays_gross": Text("Délai brut, sans arrêt", "Gross delay, without stops"),
    "method_delays": Text(
        "Délais : net, ce que la limite a compté ; brut, ce qu’elle aurait compté si rien ne l’avait arrêtée. 80\u00a0% en 18 : de 100, 80 ont pris 18 ou moins.",
        "Delays: net, what the limit counted; gross, what it would have counted had nothing stopped it. 80% within 18: of 100, 80 took 18 or less.",
    ),
    "further_target": Text("Cible de {target} en {limit}", "Target of {target} within {limit}"),
    "all_units_row": Text("Toutes les unités", "All units"),
    "by_unit": Text("Chiffres par unité : {name}", "Figures by unit: {name}"),
    "together": TOGETHER,
    "units_withheld": Text(
        "Pas de chiffres par unité : il faut 30 dossiers dans au moins deux unités ou groupes d’unités.",
        "No figures by unit: 30 files in at least two units or groups of units are needed.",
    ),
    "method": Text("Comment lire ces chiffres", "How to read these figures"),
    "method_decided": Text(
        "Dossiers décidés : parmi les dossiers décidés dans l’exercice, ceux qui l’ont été dans le délai. C’est le chiffre publié.",
        "Files decided: among the files decided in the fiscal year, those decided on time. It is the published figure.",
    ),
    "method_due": Text(
        "Dossiers échus : parmi les dossiers dont le dernier jour tombe dans l’exercice et est passé, décidés ou non.",
        "Files due: among the files whose last day lies in the fiscal year and is past, decided or not.",
    ),
    "archive": Text("ZIP à publier", "ZIP to publish"),
    "editions": Text("Éditions publiées", "Published editions"),
    "print": Text(
        "Pour l’imprimer ou en faire un PDF : la commande Imprimer du navigateur.",
        "To print it or make a PDF of it: the browser’s Print command.",
    ),
    "explained": Text("Explication", "Explanation"),
    "explained_on": Text("Version {version}, le {moment}", "Version {version}, {moment}"),
    "explained_by": Text("par {name}", "by {name}"),
    "explain": Text("Écrire l’explication", "Write the explanation"),
    "explain_again": Text("Modifier l’explication", "Change the explanation"),
    "explain_hint": Text(
        "Elle paraît dans le rapport du personnel et dans celui du public, sous toutes les formes\u00a0: n’y écrivez aucun nombre de 1 à 4, ni rien sur une personne. Chaque version est gardée\u00a0; un texte vide retire la précédente.",
        "It appears in the report for staff and in that for the public, in every form: write no number from 1 to 4 in it, nor anything about a person. Each version is kept; an empty text takes back the one before.",
    ),
    "in_french": Text("En français", "In French"),
    "in_english": Text("En anglais", "In English"),
    "save": Text("Enregistrer", "Save"),
    "versions": Text("Versions ({n})", "Versions ({n})"),
    "taken_back": Text("retirée", "taken back"),
    "year_before": Text("Exercice précédent\u00a0: {year}", "Year before: {year}"),
    "year_after": Text("Exercice suivant\u00a0: {year}", "Year after: {year}"),
    "file_name": Text("rapport", "report"),
    "file_name_staff": Text("personnel", "staff"),
    "file_name_public": Text("public", "public"),
    "file_name_by_unit": Text("par-unité", "by-unit"),
    "formula_answered": Text("parmi les appels répondus", "among calls answered"),
    "formula_answered_or_abandoned_after_the_limit": Text(
        "parmi les appels répondus, ou abandonnés après la limite (l’atteinte publiée)",
        "among calls answered, or abandoned after the limit (the published attainment)",
    ),
    "formula_offered": Text("parmi les appels offerts", "among calls offered"),
}
