"""The dead letters of each source, from the topic ``dead-letters``, for the publishers they concern."""

from services.clock.dead_letter_index import api
from services.clock.dead_letter_index.index import SERVICE, DeadLetterWorker, reset_index
from services.clock.dead_letter_index.tables import dead_letters
