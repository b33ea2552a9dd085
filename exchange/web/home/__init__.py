"""The page that everybody sees first, what happens to one's data, and the health check."""
