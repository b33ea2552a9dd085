"""The second step of signing in: an app that shows codes, and codes for when it is lost."""
