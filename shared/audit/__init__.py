"""Who read and changed what: records in chains of digests, in a topic or a table, for auditors."""

from shared.audit import api
from shared.audit.api import audit_filter, audit_page
from shared.audit.chain import (
    ChainFault,
    Head,
    ReadLine,
    Verification,
    change_lines,
    read_line,
    verify_chains,
    without_file,
)
from shared.audit.record import AUDIT_KINDS, AuditKind, AuditRecord
from shared.audit.recorder import AuditRecorder, AuditSink, standard_error
from shared.audit.retention_notes import FILES_FORGOTTEN, RetentionNotes
from shared.audit.store import AuditFilter, AuditStore, TableSink, forget_file, precede_topic
from shared.audit.topic import AUDIT_SERVICE, AuditIndexWorker, TopicSink, indexed_to
