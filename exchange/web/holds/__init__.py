"""Holds: hosts who think about a student without a place, one after the other."""
