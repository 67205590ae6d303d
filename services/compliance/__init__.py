"""Clocks to measures: attainment of every commitment against its target."""
