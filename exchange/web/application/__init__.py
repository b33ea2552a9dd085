"""One's own application, behind the link in an e-mail."""
