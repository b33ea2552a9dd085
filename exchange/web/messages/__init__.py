"""Messages of a programme: where they are looked after, and what was sent to one person."""
