"""Publishing a run: proposed by one person, confirmed by another."""
