"""The stay: who has to be spoken with, the contact log of a placement, who looks after whom."""
