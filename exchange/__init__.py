"""Exchange: sign up students and hosts, match them across nations, hand over the result."""

__version__ = "0.1.0"
