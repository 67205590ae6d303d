"""A fictitious ministry: its history, its live traffic, and the demonstration that serves them."""

from echeance.demo import port as port_check
from echeance.demo.demonstration import demonstrate
from echeance.demo.ministry import Ministry
from echeance.demo.own_rules import demo_catalogue
from echeance.demo.posting import post_all
