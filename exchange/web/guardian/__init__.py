"""A guardian's own pages, behind the link in an e-mail."""
