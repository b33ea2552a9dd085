"""Asking for help, what safeguarding leads do about it, the emergency card, whom to call."""
