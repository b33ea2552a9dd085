"""Asking for help, the emergency card, and whom to call."""
