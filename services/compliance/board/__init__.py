"""The supervisors' board: pages over the read models of compliance."""

from services.compliance.board import annual
from services.compliance.board.live import Live, View
from services.compliance.board.pages import board_pages
from services.compliance.board.shell import Board
from services.compliance.board.translator import Translator
