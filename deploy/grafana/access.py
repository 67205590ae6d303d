"""Who gets in and who does not: sign-ins, tokens, limits, the audit trail, erasure, TLS."""

from __future__ import annotations

from deploy.grafana.panels import Board, Panel, Query, Step, Word, same
from shared.text import Text

# Where the rules of deploy/prometheus tell an operator.
_TOKEN_ENDS = Step(None, "red"), Step(0, "orange"), Step(2_592_000, "green")
_CERTIFICATE_ENDS = Step(None, "red"), Step(0, "orange"), Step(1_814_400, "green")
_WAITING = Step(None, "green"), Step(1_000, "orange"), Step(10_000, "red")
_NOT_WRITTEN = Step(None, "green"), Step(60, "red")
_REASONS = {
    "unknown_token": Word(Text("jeton inconnu ou révoqué", "unknown or revoked token"), "red"),
    "expired_token": Word(Text("jeton fini", "expired token"), "orange"),
    "no_rights": Word(Text("aucun droit d’accès", "no right of access"), "yellow"),
    "sign_in_too_weak": Word(Text("connexion trop faible", "sign-in not strong enough"), "purple"),
    "sign_in_refused": Word(Text("réponse non vérifiée", "answer not verified"), "blue"),
    "sign_in_cancelled": Word(Text("connexion annulée", "sign-in cancelled"), "gray"),
}
_LIMITS = {
    "requests": Word(Text("demandes d’un appelant", "requests of a caller"), "blue"),
    "bytes": Word(Text("octets d’un appelant", "bytes of a caller"), "purple"),
    "address": Word(Text("adresse sans jeton valide", "address without a valid token"), "orange"),
    "failures": Word(Text("jetons non valides", "invalid tokens"), "red"),
}
_OUTCOMES = {
    "written": Word(Text("inscriptions écrites", "records written"), "green"),
    "refused": Word(Text("demandes refusées", "requests refused"), "red"),
}
_CLIENT_CERTIFICATES = {
    "verified": Word(Text("avec certificat vérifié", "with a verified certificate"), "green"),
    "none": Word(Text("sans certificat", "without a certificate"), "blue"),
}
_HANDSHAKE_FAILURES = {
    "certificate": Word(Text("certificat du client refusé", "client’s certificate refused"), "red"),
    "alert": Word(Text("refus du client", "refused by the client"), "orange"),
    "timeout": Word(Text("délai dépassé", "timeout"), "yellow"),
    "other": Word(Text("autre", "other"), "gray"),
}
_ASKED_BY = {
    "publisher": Word(Text("système publieur", "publisher"), "blue"),
    "operator": Word(Text("exploitant", "operator"), "orange"),
    "retention": Word(Text("durée de conservation", "retention"), "green"),
}
_USES = {
    "server": Word(Text("serveur", "server"), "blue"),
    "kafka": Word(Text("vers Kafka", "to Kafka"), "purple"),
    "clock": Word(Text("vers le chronomètre", "to the clock"), "green"),
}

BOARD = Board(
    "access",
    Text("Échéance — Accès", "Échéance — Access"),
    Text(
        "Connexions, jetons, limites, journal des accès, effacements, TLS : ce que regarde qui répond de la sécurité.",
        "Sign-ins, tokens, limits, audit trail, erasures, TLS: what whoever answers for security looks at.",
    ),
    [
        Panel(
            "bars",
            Text("Connexions et jetons refusés", "Refused sign-ins and tokens"),
            Text(
                "Dans le quart d’heure qui précède, par raison ; au-delà de cent, l’alerte. Le journal des accès dit qui et d’où.",
                "In the quarter of an hour before, by reason; beyond a hundred, the alert. The access log says who and from where.",
            ),
            "short",
            [
                Query(
                    "sum by (reason) (increase(echeance_sign_in_failures_total[15m]))",
                    same("{{reason}}"),
                )
            ],
            bounds=(0, None),
            words=_REASONS,
        ),
        Panel(
            "bars",
            Text("Demandes limitées (429)", "Requests limited (429)"),
            Text(
                "Dans le quart d’heure qui précède, par limite atteinte.",
                "In the quarter of an hour before, by the limit that was reached.",
            ),
            "short",
            [
                Query(
                    "sum by (limit) (increase(echeance_http_requests_limited_total[15m]))",
                    same("{{limit}}"),
                )
            ],
            bounds=(0, None),
            words=_LIMITS,
        ),
        Panel(
            "gauges",
            Text("Fin des jetons", "End of the tokens"),
            Text(
                "Temps qui reste au plus récent secret de chaque jeton ; l’alerte vient trente jours avant. Un jeton sans fin n’y est pas.",
                "Time that the newest secret of each token has left; the alert comes thirty days before. A token without an end is not here.",
            ),
            "s",
            [
                Query(
                    "min by (token) (echeance_token_expiry_timestamp_seconds) - time()",
                    same("{{token}}"),
                )
            ],
            scale=_TOKEN_ENDS,
        ),
        Panel(
            "lines",
            Text("Pages ouvertes", "Open pages"),
            Text(
                "Pages du tableau de bord ouvertes en session, tous processus réunis : chacune a un flux, qui se termine avec sa session.",
                "Pages of the board that are open in a session, over all processes: each has a stream, which ends with its session.",
            ),
            "short",
            [Query("echeance:board_connections", same("Pages"))],
            bounds=(0, None),
        ),
        Panel(
            "lines",
            Text("Journal des accès", "Audit trail"),
            Text(
                "Inscriptions écrites, et demandes refusées parce que celles d’avant ne pouvaient pas l’être ; en moyenne sur cinq minutes.",
                "Records written, and requests refused because those before them could not be; averaged over five minutes.",
            ),
            "cps",
            [
                Query(
                    "sum by (outcome) (rate(echeance_audit_records_total[5m]))", same("{{outcome}}")
                )
            ],
            bounds=(0, None),
            words=_OUTCOMES,
        ),
        Panel(
            "lines",
            Text("Inscriptions en attente", "Audit records waiting"),
            Text(
                "De chaque processus ; à 10\u00a0000, il refuse les demandes.",
                "Of each process; at 10,000 it refuses requests.",
            ),
            "short",
            [Query("echeance_audit_waiting_records", same("{{instance}}"))],
            scale=_WAITING,
            drawn=True,
            bounds=(0, None),
        ),
        Panel(
            "gauges",
            Text("Écriture du journal des accès", "Writing of the audit trail"),
            Text(
                "Temps depuis que chaque processus n’avait plus rien à écrire ; au-delà d’une minute, l’alerte.",
                "Time since each process had nothing left to write; beyond a minute, the alert.",
            ),
            "s",
            [
                Query(
                    "time() - max by (instance) (echeance_audit_written_timestamp_seconds)",
                    same("{{instance}}"),
                )
            ],
            scale=_NOT_WRITTEN,
            bounds=(0, None),
        ),
        Panel(
            "bars",
            Text("Dossiers oubliés", "Files forgotten"),
            Text(
                "Dans le jour qui précède, par qui l’a demandé, et événements et requêtes venus après coup sur un dossier oublié.",
                "In the day before, by who asked, and events and requests that came afterwards of a file that was forgotten.",
            ),
            "short",
            [
                Query(
                    "sum by (requested_by) (increase(echeance_forgotten_files_total[1d]))",
                    same("{{requested_by}}"),
                ),
                Query(
                    "sum(increase(echeance_forgotten_events_total[1d])) or vector(0)",
                    Text("événements après coup", "events afterwards"),
                ),
                Query(
                    "sum(increase(echeance_audit_unnamed_total[1d])) or vector(0)",
                    Text("requêtes après coup", "requests afterwards"),
                ),
            ],
            bounds=(0, None),
            words=_ASKED_BY,
        ),
        Panel(
            "lines",
            Text("Effacements à terminer", "Erasures to be done"),
            Text(
                "Dossiers oubliés dont un système de stockage a encore l’identifiant.",
                "Files forgotten of which some store still holds the identifier.",
            ),
            "short",
            [Query("max(echeance_erasures_pending)", Text("Dossiers", "Files"))],
            bounds=(0, None),
        ),
        Panel(
            "stat",
            Text("Effacement le plus ancien", "Oldest erasure"),
            Text(
                "Temps depuis la demande du plus ancien effacement à terminer ; 0 s’il n’y en a pas.",
                "Time since the oldest erasure that is to be done was asked for; 0 where there is none.",
            ),
            "s",
            [
                Query(
                    "(time() - max(echeance_erasure_oldest_timestamp_seconds)) * (max(echeance_erasure_oldest_timestamp_seconds) > bool 0)",
                    Text("Depuis la demande", "Since it was asked for"),
                )
            ],
        ),
        Panel(
            "gauges",
            Text("Fin des certificats", "End of the certificates"),
            Text(
                "Temps qui reste au premier certificat de chaque chaîne dont se sert un processus ; l’alerte vient trois semaines avant, ou au dernier quart d’une durée plus courte.",
                "Time that the first certificate of each chain in use by a process has left; the alert comes three weeks before, or in the last quarter of a shorter life.",
            ),
            "s",
            [
                Query(
                    "min by (use) (echeance_tls_certificate_end_timestamp_seconds) - time()",
                    same("{{use}}"),
                )
            ],
            scale=_CERTIFICATE_ENDS,
            words=_USES,
        ),
        Panel(
            "lines",
            Text("Connexions TLS", "TLS connections"),
            Text(
                "Négociations réussies, selon le certificat que montre le client, en moyenne sur cinq minutes.",
                "Handshakes that succeeded, by the certificate that the client shows, averaged over five minutes.",
            ),
            "cps",
            [
                Query(
                    "sum by (client_certificate) (rate(echeance_tls_connections_total[5m]))",
                    same("{{client_certificate}}"),
                )
            ],
            bounds=(0, None),
            words=_CLIENT_CERTIFICATES,
        ),
        Panel(
            "bars",
            Text("Connexions TLS échouées", "TLS connections that failed"),
            Text(
                "Négociations échouées dans l’heure qui précède, par raison.",
                "Handshakes that failed in the hour before, by reason.",
            ),
            "short",
            [
                Query(
                    "sum by (reason) (increase(echeance_tls_handshake_failures_total[1h]))",
                    same("{{reason}}"),
                )
            ],
            bounds=(0, None),
            words=_HANDSHAKE_FAILURES,
        ),
    ],
    since="now-24h",
    page="/alerts",
)
