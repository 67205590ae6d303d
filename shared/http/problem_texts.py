"""The titles of HTTP statuses and the details of problems that any service may answer.

Codes are part of the interface; details are templates over the values of the problem.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.text import Text

UNKNOWN_TITLE = Text("Erreur", "Error")

TITLES: Mapping[int, Text] = {
    400: Text("Demande illisible", "Malformed request"),
    401: Text("Authentification requise", "Authentication required"),
    403: Text("Accès refusé", "Not allowed"),
    404: Text("Introuvable", "Not found"),
    405: Text("Méthode non permise", "Method not allowed"),
    408: Text("Délai dépassé", "Request timeout"),
    409: Text("Conflit", "Conflict"),
    413: Text("Demande trop grande", "Content too large"),
    415: Text("Type de contenu non accepté", "Unsupported media type"),
    422: Text("Demande refusée", "Request refused"),
    429: Text("Trop de demandes", "Too many requests"),
    431: Text("En-têtes trop grands", "Headers too large"),
    500: Text("Erreur interne", "Internal error"),
    503: Text("Momentanément indisponible", "Temporarily unavailable"),
}

DETAILS: Mapping[str, Text] = {
    "cross_site": Text(
        "Cette demande vient d’un autre site.", "This request comes from another site."
    ),
    "not_found": Text("Il n’y a rien à cette adresse.", "There is nothing at this address."),
    "method_not_allowed": Text(
        "Cette adresse n’accepte pas cette méthode.", "This address does not accept this method."
    ),
    "internal_error": Text(
        "Une erreur inattendue s’est produite ; elle est au journal.",
        "An unexpected error happened; it has been logged.",
    ),
    "malformed_request": Text(
        "La demande n’est pas du HTTP, ou est mal formée.",
        "The request is not HTTP, or is malformed.",
    ),
    "headers_too_large": Text(
        "L’adresse et les en-têtes dépassent {limit} octets.",
        "The address and the headers exceed {limit} bytes.",
    ),
    "headers_too_slow": Text(
        "Les en-têtes ne sont pas arrivés en {seconds} s.",
        "The headers did not arrive within {seconds} s.",
    ),
    "client_certificate_required": Text(
        "Cette adresse demande un certificat de client : en présenter un de l’autorité convenue.",
        "This address requires a client certificate: show one of the authority agreed upon.",
    ),
    "too_many_connections": Text(
        "Trop de connexions sont ouvertes ; réessayez dans un instant.",
        "Too many connections are open; try again shortly.",
    ),
    "too_large": Text("Le contenu dépasse {limit} octets.", "The content exceeds {limit} bytes."),
    "body_too_slow": Text(
        "Le contenu n’est pas arrivé en {seconds} s.",
        "The content did not arrive within {seconds} s.",
    ),
    "disconnected": Text("La connexion s’est interrompue.", "The connection was interrupted."),
    "invalid_parameters": Text(
        "Des paramètres ne sont pas valides.", "Some parameters are not valid."
    ),
    "no_token": Text(
        "Cette adresse demande un jeton : Authorization: Bearer ech_…",
        "This address needs a token: Authorization: Bearer ech_…",
    ),
    "unknown_token": Text(
        "Ce jeton n’existe pas, ou a été révoqué.",
        "This token does not exist, or has been revoked.",
    ),
    "expired_token": Text(
        "Ce jeton a pris fin\u00a0: en demander un nouveau à l’exploitant (echeance token rotate).",
        "This token has expired: ask the operator for a new one (echeance token rotate).",
    ),
    "too_many_requests": Text(
        "Trop de demandes\u00a0: réessayer dans {seconds} s.",
        "Too many requests: try again in {seconds} s.",
    ),
    "too_many_bytes": Text(
        "Trop d’octets envoyés\u00a0: réessayer dans {seconds} s.",
        "Too many bytes were sent: try again in {seconds} s.",
    ),
    "large_body_in_hand": Text(
        "Un autre grand contenu de ce jeton est encore en traitement\u00a0: les envoyer l’un après l’autre.",
        "Another large body of this token is still in hand: send them one after the other.",
    ),
    "too_many_failures": Text(
        "Trop de jetons non valides de cette adresse\u00a0: réessayer dans {seconds} s.",
        "Too many invalid tokens from this address: try again in {seconds} s.",
    ),
    "audit_unavailable": Text(
        "Le journal des accès ne peut pas être écrit pour le moment\u00a0: rien n’est lu sans y être noté.",
        "The access log cannot be written at the moment: nothing is read without being recorded.",
    ),
    "no_scope": Text(
        "Ce jeton ne donne pas le droit « {scope} ».",
        "This token does not have the scope “{scope}”.",
    ),
    "no_token_sign_in": Text(
        "Un jeton ne connecte personne ici : passez par le compte de votre organisation.",
        "A token signs nobody in here: use your organization's account.",
    ),
    "no_session": Text(
        "La session est terminée : connectez-vous de nouveau.",
        "The session has ended: sign in again.",
    ),
    "unavailable": Text(
        "Le journal ou la base de données ne répond pas ; rien n’est perdu, réessayez.",
        "The log or the database does not answer; nothing is lost, try again.",
    ),
    "unreadable_access": Text(
        "Les droits des groupes ne peuvent pas être lus pour le moment.",
        "The rights of groups cannot be read at the moment.",
    ),
    "unreadable_credentials": Text(
        "Les jetons ne peuvent pas être vérifiés pour le moment.",
        "Tokens cannot be checked at the moment.",
    ),
}
