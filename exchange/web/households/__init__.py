"""Who lives in a household: kept up to date by staff, and told by the host."""
