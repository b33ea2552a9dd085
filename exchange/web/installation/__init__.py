"""The installation: who administers it, and which programmes it has."""
