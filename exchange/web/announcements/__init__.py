"""Announcements: what staff write to many at once."""
