"""A withdrawal that the office notes for somebody: who asked for it, how, and on which day."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Asker(StrEnum):
    """Who said that an application is to be withdrawn."""

    APPLICANT = "applicant"
    GUARDIAN = "guardian"
    SOMEBODY = "somebody"
    """Somebody for them, such as a relative or the school."""


class Channel(StrEnum):
    """How it was said."""

    TELEPHONE = "telephone"
    MAIL = "mail"
    IN_PERSON = "in_person"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is kept of it; codes and a day, so that the audit trail may hold it."""

    by: Asker
    channel: Channel
    on: date
