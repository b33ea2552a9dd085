"""Rules by which people are reminded, and what they have sent."""
