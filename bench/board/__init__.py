"""The board's pages, the API and the spreadsheets over a million open files, and what runs in the background meanwhile."""

from bench.board.measuring import figures
