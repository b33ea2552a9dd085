"""Use cases: a file per noun, a function per verb; they flush and never commit."""
