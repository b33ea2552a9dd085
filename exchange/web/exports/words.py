"""Words of files: who gets them, in which form, how often."""

from exchange.domain.recipients import Recipient, Schedule
from exchange.web.i18n import lazy_gettext as _l

RECIPIENTS = {
    Recipient.OFFICE: _l("The office: everything"),
    Recipient.HOST: _l("One host: its own guests, with name, age group and dates"),
    Recipient.SENDING_PARTNER: _l(
        "A sending partner: its own students, without addresses of hosts"
    ),
    Recipient.RECEIVING_PARTNER: _l(
        "A receiving partner: its own hosts and their guests, without guardians"
    ),
    Recipient.AUDITOR: _l("An auditor: no names, ids that lead to nobody, months instead of days"),
}

SCHEDULES = {
    Schedule.NEVER: _l("No, only when somebody downloads it"),
    Schedule.DAILY: _l("Every day"),
    Schedule.WEEKLY: _l("Every week"),
}

FORM_WORDS = {
    "spreadsheets": _l("CSV for spreadsheets"),
    "xlsx": _l("XLSX"),
    "programs": _l("CSV for programs"),
    "json": _l("JSON"),
}

SPECIAL_WORDS = {
    "gender": _l("Gender"),
    "needs": _l("Needs"),
    "wishes": _l("Wishes"),
    "open_to": _l("Can live with"),
    "host_gender": _l("Gender of the host"),
    "household": _l("Household"),
    "household_genders": _l("Genders in the household"),
    "genders_accepted": _l("Genders that the host accepts"),
    "emergency_contact": _l("Emergency contact"),
    "additional_requirements": _l("Additional requirements"),
}
"""Columns that leave the office only where they are granted, by their name in the file."""

FAULTS = {
    "not_found": _l("It could not be written: there is no finished run, or your role has changed."),
    "forbidden": _l("It could not be written: your role no longer includes downloads."),
}
"""Why a file was not written when it was due, by the code of the refusal."""
OTHER_FAULT = _l("It could not be written. Download it here to see why.")
