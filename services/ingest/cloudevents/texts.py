"""The text of each problem and fault code, in French and in English.

Pure. Codes are part of the interface; texts are templates over the values of the fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique

from shared.text import Text

PROBLEMS: Mapping[str, Text] = {
    "malformed_events": Text(
        "La demande ne peut pas être lue ; « errors » dit où et pourquoi.",
        "The request cannot be read; “errors” says where and why.",
    ),
    "invalid_events": Text(
        "Rien n’a été accepté ; « errors » dit où et pourquoi.",
        "Nothing was accepted; “errors” says where and why.",
    ),
    "read_in_part": Text(
        " Seuls les {read} premiers événements ont été lus : il y a assez à corriger.",
        " Only the first {read} events were read: there is enough to mend.",
    ),
    "source_not_allowed": Text(
        "Ce jeton ne permet pas de publier pour cette source ; « errors » la nomme.",
        "This token may not publish for this source; “errors” names it.",
    ),
    "file_reserved": Text(
        "Un autre jeton a réservé ces dossiers\u00a0; «\u00a0errors\u00a0» les nomme. Qui administre Échéance peut ajouter le préfixe à ce jeton.",
        "Another token has reserved these files; “errors” names them. Whoever administers Échéance can add the prefix to this token.",
    ),
    "forget_not_allowed": Text(
        "Ce jeton ne permet pas de faire oublier un dossier.",
        "This token may not have a file forgotten.",
    ),
    "unit_not_allowed": Text(
        "Ce jeton ne permet pas de publier de réception ni de transmission pour cette unité\u00a0; «\u00a0errors\u00a0» la nomme.",
        "This token may not publish receptions or transfers for this unit; “errors” names it.",
    ),
    "standard_not_allowed": Text(
        "Ce jeton ne permet pas de publier de réception sous cet engagement ou ce service\u00a0; «\u00a0errors\u00a0» le nomme.",
        "This token may not publish receptions under this standard or service; “errors” names it.",
    ),
    "too_large": Text("Le contenu dépasse {limit} octets.", "The content exceeds {limit} bytes."),
    "unsupported_media_type": Text(
        "Le type {given} n’est pas accepté ; le sont : {known}.",
        "The type {given} is not accepted; these are: {known}.",
    ),
    "unsupported_encoding": Text(
        "Content-Encoding n’est pas accepté ici.", "Content-Encoding is not accepted here."
    ),
    "hook_unauthorized": Text(
        "Aucun webhook à cette adresse pour cette demande\u00a0: vérifier le nom, la signature ou le jeton.",
        "There is no webhook at this address for this request: check the name, the signature or the token.",
    ),
    "hook_stale": Text(
        "La signature est bonne, mais son heure est à plus de {tolerance} s de celle du système ({now}).",
        "The signature is right, but its time is more than {tolerance} s from the system’s clock ({now}).",
    ),
    "hook_replayed": Text(
        "Cet envoi signé a déjà été accepté\u00a0; il n’y a rien à renvoyer.",
        "This signed delivery has been accepted already; there is nothing to send again.",
    ),
    "hook_without_token": Text(
        "Le jeton dont ce webhook a les droits n’existe pas, ou ne permet pas de publier pour sa source\u00a0; qui administre Échéance peut le créer.",
        "The token whose permissions this webhook has does not exist, or may not publish for its source; whoever administers Échéance can create it.",
    ),
    "origin_not_allowed": Text(
        "Cette origine n’est pas parmi celles qui peuvent envoyer.",
        "This origin is not among those that may deliver.",
    ),
    "too_busy": Text(
        "Trop d’événements attendent déjà ; rien n’a été accepté, réessayez.",
        "Too many events are waiting already; nothing was accepted, try again.",
    ),
    "log_unavailable": Text(
        "Le journal ne répond pas ; rien n’est promis, réessayez avec les mêmes identifiants.",
        "The log does not answer; nothing is promised, try again with the same ids.",
    ),
}
"""Of a whole request."""


@unique
class Code(Enum):
    """What can be wrong with an event: its text in both languages, and the HTTP status it leads to."""

    not_utf8 = (
        "Le texte n’est pas en UTF-8 (octet {at}).",
        "The text is not UTF-8 (byte {at}).",
        400,
    )
    byte_order_mark = (
        "Un texte JSON ne commence pas par un indicateur d’ordre des octets.",
        "A JSON text has no byte order mark.",
        400,
    )
    not_json = (
        "Le texte n’est pas du JSON (ligne {line}, colonne {column}).",
        "The text is not JSON (line {line}, column {column}).",
        400,
    )
    duplicate_member = ("Ce membre figure deux fois.", "This member stands twice.", 400)
    not_a_number = ("NaN et Infinity ne sont pas du JSON.", "NaN and Infinity are not JSON.", 400)
    number_too_long = ("Ce nombre a trop de chiffres.", "This number has too many digits.", 400)
    too_deep = ("Le texte est trop profondément imbriqué.", "The text is nested too deeply.", 400)
    not_an_array = ("Un lot est un tableau d’événements.", "A batch is an array of events.", 400)
    repeated_header = ("L’en-tête {name} est répété.", "The header {name} is repeated.", 400)
    attributes_not_signed = (
        "Les attributs d’un événement dans des en-têtes (ce-…) ne sont pas signés\u00a0: l’envoyer en mode structuré.",
        "Attributes of an event in headers (ce-…) are not signed: send it in structured mode.",
        400,
    )
    not_a_header = (
        "Cet attribut n’a pas d’en-tête : le type des données est dans Content-Type, les données sont le contenu.",
        "This attribute has no header: the type of the data is in Content-Type, the data are the content.",
        400,
    )
    bad_header = (
        "Cet en-tête n’est pas codé comme CloudEvents le demande : ASCII imprimable, UTF-8 valide en encodage-pourcent.",
        "The value of this header is not encoded as CloudEvents asks: printable ASCII, percent-encoded valid UTF-8.",
        400,
    )
    too_large = ("Plus de {limit} octets.", "More than {limit} bytes.", 413)
    unsupported_media_type = (
        "Le type {given} n’est pas accepté ; le sont : {known}.",
        "The type {given} is not accepted; these are: {known}.",
        415,
    )
    source_not_allowed = (
        "Ce jeton ne permet pas de publier pour la source {given}.",
        "This token may not publish for the source {given}.",
        403,
    )
    file_reserved = (
        "Le dossier {given} est réservé\u00a0: un autre jeton a réservé les identifiants qui commencent par {prefix}.",
        "The file {given} is reserved: another token has reserved the identifiers that begin with {prefix}.",
        403,
    )
    forget_not_allowed = (
        "Ce jeton ne permet pas de faire oublier un dossier\u00a0: il lui faut le droit forget.",
        "This token may not have a file forgotten: it needs the scope forget.",
        403,
    )
    personal_identifier = (
        "Cet identifiant a la forme d’un identifiant de personne ({shape})\u00a0: un identifiant de dossier, d’événement ou de demande ne doit nommer personne. Envoyer un numéro que "
        "seul le système qui publie relie à la personne. Si ce n’en est pas un, l’exploitant peut l’accepter (ECHEANCE_PERSONAL_IDENTIFIERS=accept).",
        "This identifier has the shape of a person’s ({shape}): an identifier of a file, an event or a request must name nobody. Send a number that only "
        "the publishing system links to the person. If it is none, the operator can accept it (ECHEANCE_PERSONAL_IDENTIFIERS=accept).",
        422,
    )
    unit_not_allowed = (
        "Ce jeton ne permet pas l’unité {given}\u00a0; il permet\u00a0: {known}.",
        "This token does not permit the unit {given}; it permits: {known}.",
        403,
    )
    standard_not_allowed = (
        "Ce jeton ne permet pas l’engagement ou le service {given}\u00a0; il permet\u00a0: {known}.",
        "This token does not permit the standard or service {given}; it permits: {known}.",
        403,
    )
    not_an_object = (
        "Un objet JSON est attendu, et non {given}.",
        "A JSON object is expected, not {given}.",
    )
    missing = ("Ce membre est requis.", "This member is required.")
    not_a_string = ("Un texte est attendu, et non {given}.", "A string is expected, not {given}.")
    not_a_date = (
        "Ce n’est pas une date telle que 2026-04-30\u00a0: {given}.",
        "This is not a date such as 2026-04-30: {given}.",
    )
    empty = ("Ce texte ne peut pas être vide.", "This string cannot be empty.")
    wrong_specversion = (
        'La version de CloudEvents acceptée est "1.0", et non {given}.',
        'The CloudEvents version accepted is "1.0", not {given}.',
    )
    unknown_type = (
        "Le type d’événement {given} n’existe pas ; existent : {known}.",
        "There is no event type {given}; these exist: {known}.",
    )
    bad_identifier = (
        "{given} n’est pas un identifiant : au plus {longest} lettres sans accent, chiffres et signes {signs}, les signes jamais en tête.",
        "{given} is not an identifier: at most {longest} unaccented letters, digits and {signs}, never a sign first.",
    )
    bad_source = (
        "{given} n’est pas une référence d’URI (RFC 3986) d’au plus {longest} caractères.",
        "{given} is not a URI reference (RFC 3986) of at most {longest} characters.",
    )
    bad_time = (
        "{given} n’est pas un instant RFC 3339 avec son décalage, comme 2025-04-28T09:30:00-04:00.",
        "{given} is not an RFC 3339 time with its offset, such as 2025-04-28T09:30:00-04:00.",
    )
    time_ahead = (
        "Cet instant est en avance de plus de {tolerance} s sur l’heure du système ({now}).",
        "This time is more than {tolerance} s ahead of the system’s clock ({now}).",
    )
    outside_coverage = (
        "Cet instant est hors des années que couvrent les calendriers du catalogue, du {first} au {last}.",
        "This time is outside the years that the calendars of the catalogue cover, {first} to {last}.",
    )
    deadline_outside_coverage = (
        "Ce qui est reçu alors ne serait dû, ou en retard, qu’après les années que couvrent les calendriers du catalogue, du {first} au {last}.",
        "What is received then would be due, or late, only after the years that the calendars of the catalogue cover, {first} to {last}.",
    )
    bad_datacontenttype = (
        "Les données sont du JSON : datacontenttype est application/json, et non {given}.",
        "The data are JSON: datacontenttype is application/json, not {given}.",
    )
    bad_dataschema = (
        "{given} n’est pas un URI absolu (RFC 3986).",
        "{given} is not an absolute URI (RFC 3986).",
    )
    bad_extension_name = (
        "Le nom d’une extension n’a que des lettres minuscules sans accent et des chiffres.",
        "The name of an extension has only lower-case letters a to z and digits.",
    )
    bad_extension_value = (
        "La valeur d’une extension est un texte sans caractère de commande, un booléen ou un entier de 32 bits.",
        "The value of an extension is a string without control characters, a boolean or a 32-bit integer.",
    )
    reserved_extension = (
        "Cette extension est écrite par le système à la réception.",
        "This extension is written by the system on reception.",
    )
    data_twice = (
        "Un événement a data ou data_base64, jamais les deux.",
        "An event has data or data_base64, never both.",
    )
    bad_base64 = ("Ce n’est pas du base64 (RFC 4648).", "This is not base64 (RFC 4648).")
    unknown_member = (
        "Ce membre n’existe pas ici ; existent : {known}.",
        "There is no such member here; these exist: {known}.",
    )
    unknown_word = (
        "Le catalogue n’a pas {given} ; il a : {known}.",
        "The catalogue has no {given}; it has: {known}.",
    )

    def __init__(self, fr: str, en: str, status: int = 422) -> None:
        self.text = Text(fr, en)
        self.status = status
