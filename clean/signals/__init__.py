"""Signals: named figures measured on one page, each a pure function with a unit."""
