"""Both deployments: embedded (one process, SQLite), distributed (Kafka, PostgreSQL)."""

from echeance.system import adopt_topic
from echeance.system.change_notes import note_change
from echeance.system.directory_catalogue import catalogue_of
from echeance.system.directory_copy import directory_copy
from echeance.system.distributed import Distributed, connect_services
from echeance.system.embedded import (
    CREDENTIALS,
    DATABASE,
    Embedded,
    InUseError,
    assemble,
    beside_server,
    event_records,
    lock_data_directory,
    open_embedded,
    read_only,
)
from echeance.system.private_files import OpenToOthersError, replace_private, write_private
from echeance.system.site import embedded_site, serving_embedded
