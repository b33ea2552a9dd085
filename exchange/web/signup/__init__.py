"""Signing up as a student or as a host, step by step."""
