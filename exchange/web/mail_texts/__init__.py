"""The mails of a programme: what each says, in every language, and how a programme words it."""
