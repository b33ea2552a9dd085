"""Mails: what is said to whom at which event, as plain text. No table, no page, no sending."""
