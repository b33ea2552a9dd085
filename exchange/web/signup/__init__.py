"""Signing up as a student or as a host, step by step, and the page of one's own application."""
