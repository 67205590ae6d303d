"""Cleaning the stores of forgotten files: what holds identifiers, and how each store loses them."""

from echeance.erasure.cleaning import Cleaning, clean_directory, clean_periodically
from echeance.erasure.holders import TABLE_RULES, TOPIC_RULES
from echeance.erasure.servers import RebuildingError, StalledError, clean_servers
