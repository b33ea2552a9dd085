"""The mails that were written into files, for the eyes of who runs the installation."""
