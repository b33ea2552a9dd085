"""Students and how far they are, for whoever looks after them, sends them, or assigns them."""
