"""Files to forget: pseudonyms, what is known of a forgotten file, and how far its erasure is."""

from shared.erasure import pseudonyms
from shared.erasure.progress import ErasureProgress
from shared.erasure.store import (
    EVERY_OFFSET,
    GRANTED,
    MEASURED_ANEW,
    NOTED,
    REPEAT,
    UNLINKED,
    ErasureStore,
    FileDigests,
    NoteOfErasure,
    is_rest,
    reset_copied,
    unlink,
)
from shared.erasure.tables import (
    NOT_FORGOTTEN_SQL,
    erasure_keys,
    erasure_positions,
    erasures,
    forgotten_files,
    not_forgotten,
)
