"""What is kept about an applicant, for the applicant: see it, take it, correct it, erase it."""
