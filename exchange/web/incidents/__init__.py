"""What safeguarding leads see of calls for help, and do about them."""
