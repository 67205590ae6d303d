"""Commands of an operator about files: whose one is, how many events it takes, and to forget it."""

from echeance.cli.records import files, forget
