"""The offers put to a student, a guardian or a host, on their own pages."""
