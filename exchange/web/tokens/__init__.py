"""Pages about programs that act for a programme: their tokens, and how to use them."""
