"""Checks of many hosts at once: in a table, or from a file."""
