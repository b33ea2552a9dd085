"""The offers of a cycle, for the staff: who has answered, who is awaited, what to do about it."""
