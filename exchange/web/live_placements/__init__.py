"""Placements that people travel for, and what the daily look has found about them."""
