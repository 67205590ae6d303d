"""Words of several pages, in both languages; those of one page are in its module."""

from services.compliance.board.words import common
from services.compliance.board.words.common import COMMON, SIGN_IN
from services.compliance.board.words.days import DAYS
from services.compliance.board.words.outcomes import OUTCOME_WORDS
from services.compliance.board.words.periods import PERIOD_CHOICE
from services.compliance.board.words.risks import RISK_WORDS
from services.compliance.board.words.stops import STOP_WORDS
