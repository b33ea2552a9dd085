"""The words of the programme. Standard library only; no person's record, no table, no page."""
