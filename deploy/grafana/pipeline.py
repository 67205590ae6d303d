"""How the processes get on, from the events that come in to the figures that go out."""

from __future__ import annotations

from deploy.grafana.panels import STAGES, Board, Panel, Query, Step, Word, same
from shared.text import Text

_TOPIC, _SOURCE = same("{{topic}}"), same("{{source}}")
_OURS = 'job="echeance"'

# Where the rules of deploy/prometheus tell an operator.
_SILENT = Step(None, "green"), Step(7_200, "orange")
_BEHIND = Step(None, "green"), Step(10_000, "red")
_STALE = Step(None, "green"), Step(120, "red")
_UNDELIVERED = Step(None, "green"), Step(180, "red")
_SKEWED = Step(None, "red"), Step(-30, "green"), Step(30, "red")
_DOWN = Step(None, "red"), Step(1, "green")
_NONE = 'label_replace(vector(0), "outcome", "accepted", "", "")'
"""Where no webhook or topic is set up."""
_RECORDS = {
    "accepted": Word(Text("acceptés", "accepted"), "green"),
    "ignored": Word(Text("ignorés", "ignored"), "blue"),
    "refused": Word(Text("lettres mortes", "dead letters"), "red"),
    "lost": Word(Text("expirés avant d’être lus", "expired before they were read"), "purple"),
}
_DELIVERIES = {
    "accepted": Word(Text("acceptées", "accepted"), "green"),
    "ignored": Word(Text("ignorées", "ignored"), "blue"),
    "invalid": Word(Text("non valides", "invalid"), "red"),
    "unauthorized": Word(Text("sans autorisation", "unauthorized"), "orange"),
    "stale": Word(Text("signées il y a trop longtemps", "signed too long ago"), "yellow"),
    "replayed": Word(Text("rejouées", "replayed"), "gray"),
    "unavailable": Word(Text("sans réponse du journal", "log unavailable"), "purple"),
}
_OUTCOMES = {
    "success": Word(Text("prises", "taken"), "green"),
    "failure": Word(Text("non prises", "not taken"), "red"),
}

BOARD = Board(
    "pipeline",
    Text("Échéance — Traitement", "Échéance — Pipeline"),
    Text(
        "Des événements qui entrent aux chiffres qui sortent : retard, fraîcheur, refus, durées, alertes livrées.",
        "From the events that come in to the figures that go out: lag, freshness, rejects, durations, alerts delivered.",
    ),
    [
        Panel(
            "lines",
            Text("Événements acceptés", "Events accepted"),
            Text(
                "Par source, en moyenne sur cinq minutes.", "By source, averaged over five minutes."
            ),
            "cps",
            [Query("sum by (source) (echeance:events_accepted:rate5m)", _SOURCE)],
        ),
        Panel(
            "lines",
            Text("Refus et répétitions", "Rejects and duplicates"),
            Text(
                "Ce que l’entrée refuse, par source et raison, et les événements répétés, qui ne changent rien ; en moyenne sur cinq minutes.",
                "What ingest refuses, by source and reason, and events repeated, which change nothing; averaged over five minutes.",
            ),
            "cps",
            [
                Query("echeance:events_rejected:rate5m", same("{{source}} {{reason}}")),
                Query(
                    "echeance:events_duplicate:rate5m",
                    Text("{{source}} répétés", "{{source}} duplicates"),
                ),
            ],
        ),
        Panel(
            "bars",
            Text("Webhooks", "Webhook deliveries"),
            Text(
                "Livraisons aux webhooks dans l’heure qui précède, par issue.",
                "Deliveries to webhooks in the hour before, by outcome.",
            ),
            "short",
            [
                Query(
                    f"sum by (outcome) (increase(echeance_hook_deliveries_total[1h])) or {_NONE}",
                    same("{{outcome}}"),
                )
            ],
            bounds=(0, None),
            words=_DELIVERIES,
        ),
        Panel(
            "bars",
            Text("Sujets d’autres systèmes", "Topics of other systems"),
            Text(
                "Enregistrements lus des sujets d’autres systèmes dans l’heure qui précède, par issue.",
                "Records read of other systems’ topics in the hour before, by outcome.",
            ),
            "short",
            [
                Query(
                    f"sum by (outcome) (increase(echeance_source_records_total[1h])) or {_NONE}",
                    same("{{outcome}}"),
                )
            ],
            bounds=(0, None),
            words=_RECORDS,
        ),
        Panel(
            "gauges",
            Text("Silence des sources", "Silence of the sources"),
            Text(
                "Temps depuis le dernier événement accepté de chaque source.",
                "Time since the last event accepted of each source.",
            ),
            "s",
            [
                Query(
                    "time() - max by (source) (echeance_event_accepted_timestamp_seconds)", _SOURCE
                )
            ],
            scale=_SILENT,
            bounds=(0, None),
        ),
        Panel(
            "lines",
            Text("Retard de lecture", "Lag"),
            Text(
                "Enregistrements qui restent à lire, par sujet, toutes partitions réunies.",
                "Records left to read, by topic, over all partitions.",
            ),
            "short",
            [Query("echeance:stream_lag:records", _TOPIC)],
            scale=_BEHIND,
            drawn=True,
            bounds=(0, None),
        ),
        Panel(
            "lines",
            Text("Fraîcheur", "Freshness"),
            Text(
                "Âge des chiffres, et temps depuis que chaque boucle a terminé une étape ou n’a rien trouvé à faire.",
                "Age of the figures, and time since each loop ended a step or found nothing to do.",
            ),
            "s",
            [
                Query(
                    "time() - echeance_snapshot_timestamp_seconds",
                    Text("Chiffres {{instance}}", "Figures {{instance}}"),
                ),
                Query(
                    "time() - echeance_stream_progress_timestamp_seconds",
                    same("{{topic}} {{instance}}"),
                ),
            ],
            scale=_STALE,
            drawn=True,
            bounds=(0, None),
        ),
        Panel(
            "lines",
            Text("Enregistrements traités", "Records worked through"),
            Text(
                "Par sujet, en moyenne sur cinq minutes.", "By topic, averaged over five minutes."
            ),
            "cps",
            [Query("echeance:stream_records:rate5m", _TOPIC)],
        ),
        Panel(
            "lines",
            Text("Durée des lots", "Batch durations"),
            Text(
                "De la prise d’un lot à la validation de sa dernière étape ; 99 % des lots prennent au plus ce temps.",
                "From taking up a batch to the commit of its last step; 99 % of batches take at most this long.",
            ),
            "s",
            [Query("echeance:stream_batch_duration:p99_5m", _TOPIC)],
        ),
        Panel(
            "bars",
            Text("Lettres mortes", "Dead letters"),
            Text(
                "Enregistrements mis de côté dans l’heure qui précède, par sujet et raison.",
                "Records set aside in the hour before, by topic and reason.",
            ),
            "short",
            [Query("echeance:dead_letters:increase1h", same("{{topic}} {{reason}}"))],
        ),
        Panel(
            "lines",
            Text("Événements d’autres sources", "Events of other sources"),
            Text(
                "Événements envoyés sur des dossiers d’une autre source, et non repris : ils n’ont rien changé.",
                "Events sent of files that belong to another source, and not taken back: they changed nothing.",
            ),
            "short",
            [
                Query(
                    "sum(max by (source) (echeance_other_source_events)) or vector(0)",
                    Text("Événements", "Events"),
                )
            ],
            bounds=(0, None),
        ),
        Panel(
            "bars",
            Text("Alertes actives", "Active alerts"),
            Text(
                "Alertes de dossiers, par étape ; un dossier dépassé peut en avoir une de chaque étape.",
                "Alerts of files, by stage; a file that is overdue may have one of each stage.",
            ),
            "short",
            [Query("sum by (stage) (echeance:alerts_active)", same("{{stage}}"))],
            bounds=(0, None),
            words=STAGES,
        ),
        Panel(
            "gauges",
            Text("Livraison des alertes", "Alert delivery"),
            Text(
                "Temps depuis que chaque Alertmanager a tout pris ; plus de trois minutes : il ne reçoit plus.",
                "Time since each Alertmanager took everything; more than three minutes: it gets nothing any more.",
            ),
            "s",
            [Query("echeance:alert_push:age_seconds", same("{{alertmanager}}"))],
            scale=_UNDELIVERED,
            bounds=(0, None),
        ),
        Panel(
            "lines",
            Text("Envois aux Alertmanager", "Pushes to Alertmanager"),
            Text(
                "Requêtes prises et non prises, de tous les Alertmanager, en moyenne sur cinq minutes.",
                "Requests taken and not taken, of every Alertmanager, averaged over five minutes.",
            ),
            "cps",
            [Query("sum by (outcome) (echeance:alert_pushes:rate5m)", same("{{outcome}}"))],
            bounds=(0, None),
            words=_OUTCOMES,
        ),
        Panel(
            "lines",
            Text("Récapitulatifs à envoyer", "Digests to be sent"),
            Text(
                "Récapitulatifs du matin que le serveur de courriel n’a pas pris.",
                "Digests of this morning that the mail server has not taken.",
            ),
            "short",
            [Query("sum(echeance_digests_pending)", Text("Récapitulatifs", "Digests"))],
            bounds=(0, None),
        ),
        Panel(
            "gauges",
            Text("Processus", "Processes"),
            Text(
                "1 : le processus répond à Prometheus ; 0 : il ne répond pas.",
                "1: the process answers Prometheus; 0: it does not.",
            ),
            "short",
            [Query(f"up{{{_OURS}}}", same("{{instance}}"))],
            scale=_DOWN,
            bounds=(0, 1),
        ),
        Panel(
            "lines",
            Text("Versions à l’œuvre", "Versions at work"),
            Text(
                "Processus par version et révision du catalogue : deux à la fois, pendant une mise à jour.",
                "Processes by version and revision of the catalogue: two at a time, while an update goes on.",
            ),
            "short",
            [
                Query(
                    "count by (version, catalogue, revision) (echeance_build_info)",
                    same("{{version}}, {{catalogue}} {{revision}}"),
                )
            ],
            bounds=(0, None),
        ),
        Panel(
            "lines",
            Text("Écart des horloges", "Clock skew"),
            Text(
                "Horloge de chaque processus moins celle de Prometheus.",
                "Each process's clock less Prometheus's.",
            ),
            "s",
            [
                Query(
                    "echeance_clock_timestamp_seconds - timestamp(echeance_clock_timestamp_seconds)",
                    same("{{instance}}"),
                )
            ],
            scale=_SKEWED,
            drawn=True,
        ),
        Panel(
            "lines",
            Text("Mémoire", "Memory"),
            Text("Mémoire résidente de chaque processus.", "Resident memory of each process."),
            "bytes",
            [Query(f"process_resident_memory_bytes{{{_OURS}}}", same("{{instance}}"))],
        ),
        Panel(
            "lines",
            Text("Processeur (cœurs)", "Processor (cores)"),
            Text(
                "Cœurs que prend chaque processus, en moyenne sur cinq minutes.",
                "Cores that each process takes, averaged over five minutes.",
            ),
            "short",
            [Query(f"rate(process_cpu_seconds_total{{{_OURS}}}[5m])", same("{{instance}}"))],
        ),
    ],
    since="now-6h",
)
