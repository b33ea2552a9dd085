"""The handbook: short pages about one task each, and which page helps where."""
