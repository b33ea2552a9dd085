"""From a snapshot to arrays, and from arrays back to people. Pure: no file, table or page."""
