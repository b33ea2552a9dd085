"""Commands: one file per noun, the same services as the pages. They commit; they hold no rules."""
