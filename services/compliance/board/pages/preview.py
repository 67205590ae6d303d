"""What a candidate catalogue would change: the last preview, for readers of every unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response

from services.compliance.api import require_every_unit
from services.compliance.board import charts
from services.compliance.board.shell import Board, route_class
from services.compliance.preview import (
    CycleChange,
    PeriodPreview,
    PreviewDocument,
    PreviewStore,
    StandardPreview,
    preview_lines,
)
from shared.http import Reader
from shared.text import Text

_EXACT: Final = 1_000_000


class PreviewCard(NamedTuple):
    """A standard on the page; ``lists`` are the first files of each kind that has any."""

    preview: StandardPreview
    periods: Sequence[PeriodPreview]
    lists: Mapping[str, tuple[int, Sequence[CycleChange]]]
    line: charts.CurveLine | None


def router(board: Board) -> APIRouter:
    """The page."""
    routes = APIRouter(include_in_schema=False, route_class=route_class(board))
    store = PreviewStore(board.store.database)

    @routes.get("/preview")
    async def page(request: Request, reader: Reader) -> Response:
        require_every_unit(reader)
        document = await store.last()
        cards = [] if document is None else preview_cards(document)
        return board.page(
            request,
            "preview.html",
            WORDS,
            document=document,
            cards=cards,
            in_words=preview_lines.curve_in_words,
        )

    return routes


def preview_cards(document: PreviewDocument) -> Sequence[PreviewCard]:
    """The standards that differ, then the others, each in the order of the catalogue."""
    cards = [_card(document, one) for one in document.standards]
    return sorted(cards, key=lambda card: not card.preview.differs)


def _card(document: PreviewDocument, one: StandardPreview) -> PreviewCard:
    counts = one.cycles
    totals = {
        "due": counts.due_earlier + counts.due_later,
        "newly_late": counts.newly_late,
        "no_longer_late": counts.no_longer_late,
    }
    lists = {
        kind: (total, [change for change in document.changes if _listed(change, kind, one)])
        for kind, total in totals.items()
        if total
    }
    line = None
    if one.curve is not None:
        points = [(point.limit, point.kept.ratio or Fraction(0)) for point in one.curve.points]
        target = Fraction(round(one.target * _EXACT), _EXACT)
        line = charts.curve(points, target, one.curve.limit)
    periods = [period for period in (*one.years, *one.months) if period.differs]
    return PreviewCard(one, periods, lists, line)


def _listed(change: CycleChange, kind: str, one: StandardPreview) -> bool:
    return change.kind == kind and change.standard == one.standard


WORDS: Final[Mapping[str, Text]] = {
    "title": Text("Aperçu d’une révision", "Preview of a revision"),
    "lead": Text(
        "Chaque dossier compté sous le catalogue en vigueur et sous la révision proposée, au même instant. Rien n’est changé.",
        "Every file counted under the catalogue in use and under the proposed revision, at the same instant. Nothing is changed.",
    ),
    "none_yet": Text("Aucun aperçu n’a été fait.", "No preview has been made."),
    "how": Text(
        "L’exploitant en fait un par la commande echeance preview CATALOGUE.",
        "The operator makes one with the command echeance preview CATALOGUE.",
    ),
    "of_revision": Text(
        "Révision {before} → {after}, en date du {moment}",
        "Revision {before} → {after}, as of {moment}",
    ),
    "in_use_since": Text(
        "La révision {after} est en vigueur\u00a0: ceci est ce qui avait été prévu.",
        "Revision {after} is in use: this is what had been foreseen.",
    ),
    "changed_files": Text(
        "{n} dossiers sur {files} changeraient", "{n} of {files} files would change"
    ),
    "changed_files_one": Text(
        "{n} dossier sur {files} changerait", "{n} of {files} files would change"
    ),
    "cases_late": Text("cas deviendraient en retard", "cases would become late"),
    "cases_late_one": Text("cas deviendrait en retard", "case would become late"),
    "cases_not_late": Text("cas ne seraient plus en retard", "cases would no longer be late"),
    "cases_not_late_one": Text("cas ne serait plus en retard", "case would no longer be late"),
    "alerts_raised": Text("alertes seraient levées", "alerts would be raised"),
    "alerts_raised_one": Text("alerte serait levée", "alert would be raised"),
    "answers_over": Text(
        "réponses d’exercices terminés changeraient",
        "answers of fiscal years that are over would change",
    ),
    "answers_over_one": Text(
        "réponse d’un exercice terminé changerait",
        "answer of a fiscal year that is over would change",
    ),
    "nothing_changes": Text("rien ne change", "nothing changes"),
    "changes": Text("change", "changes"),
    "limit_heading": Text("Délai", "Limit"),
    "limit": Text("Délai\u00a0: {limit}", "Limit: {limit}"),
    "limits": Text("Délai\u00a0: {before} → {after}", "Limit: {before} → {after}"),
    "absent": Text("absent", "absent"),
    "due_earlier": Text("Échéance plus tôt", "Due earlier"),
    "due_later": Text("Échéance plus tard", "Due later"),
    "ended_due": Text("Échéance de cas terminés", "Due dates of ended cases"),
    "newly_late": Text("Deviendraient en retard", "Would become late"),
    "no_longer_late": Text("Ne seraient plus en retard", "Would no longer be late"),
    "newly_measured": Text("Deviendraient mesurés", "Would become measured"),
    "no_longer_measured": Text("Ne seraient plus mesurés", "Would no longer be measured"),
    "periods_title": Text("Atteinte avant et après", "Attainment before and after"),
    "before": Text("Avant", "Before"),
    "after": Text("Après", "After"),
    "by_due": Text("Échus", "Due"),
    "answers_title": Text("Réponses de mois terminés", "Answers of closed months"),
    "answers_hint": Text("Elles deviendraient des corrections.", "They would become corrections."),
    "answers_year": Text("{year}, {basis}\u00a0: {n}", "{year}, {basis}: {n}"),
    "year_over": Text("exercice terminé", "year over"),
    "files_title": Text("Dossiers", "Files"),
    "list_due": Text("Échéance déplacée", "Due date moved"),
    "list_newly_late": Text("Deviendraient en retard", "Would become late"),
    "list_no_longer_late": Text("Ne seraient plus en retard", "Would no longer be late"),
    "first_of": Text("{shown} premiers de {total}", "First {shown} of {total}"),
    "curve_title": Text("Atteinte selon le délai", "Attainment against limit"),
    "curve_hint": Text(
        "Cas décidés du {first} au {last}, comptés comme le ferait la révision, sans prolongation. Lignes tiretées\u00a0: la cible et le délai de la révision.",
        "Cases decided from {first} to {last}, counted as the revision would, nothing extended. Dashed lines: the target and the revision’s limit.",
    ),
    "curve_drawn": Text(
        "Courbe de l’atteinte selon le délai\u00a0; les chiffres sont dans le tableau.",
        "Curve of attainment against limit; the figures are in the table.",
    ),
    "as_table": Text("Courbe et tableau", "Curve and table"),
    "alerts_title": Text("Alertes que la révision ferait", "Alerts that the revision would make"),
    "raised": Text("Levées", "Raised"),
    "resolved": Text("Closes", "Resolved"),
    "ended": Text("Terminé le", "Ended on"),
}
