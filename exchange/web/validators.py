"""What a typed value must be like: strict whole numbers, real dates, e-mail addresses, clean text.

Each function takes what was typed and returns the value, or raises `ValueError` with a sentence
for the person who typed it. Nothing here knows a field or a page.
"""

import re
import unicodedata
from datetime import date

from exchange.intake.answers import read_email
from exchange.web.i18n import format_day
from exchange.web.i18n import gettext as _

WHOLE_NUMBER = re.compile(r"-?[0-9]{1,10}")
FEWEST_DIGITS = 5
MOST_DIGITS = 20
"""The longest number has 15 (ITU-T E.164); an exit code or an extension may be added."""
FIRST_YEAR = 1900
LAST_YEAR = 2100


def western_digits(text: str) -> str:
    """Write the decimal digits of every script as 0-9; leave everything else as it is."""
    return "".join(
        str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in text
    )


def whole_number(typed: str, *, low: int, high: int) -> int:
    """Read a whole number within bounds, in the digits of any script."""
    text = western_digits(typed.strip())
    if not WHOLE_NUMBER.fullmatch(text):
        raise ValueError(_("Enter a whole number, such as %(example)d.", example=max(low, 2)))
    value = int(text)
    if not low <= value <= high:
        raise ValueError(_("Enter a number from %(low)d to %(high)d.", low=low, high=high))
    return value


def day_of(day: str, month: str, year: str) -> date:
    """Read a date from three boxes."""
    parts = [western_digits(part.strip()) for part in (day, month, year)]
    if not all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts):
        raise ValueError(_("Write day, month and year as numbers, such as 27 3 2008."))
    if len(parts[2]) != 4:
        raise ValueError(_("Write the year with four digits, such as 2008."))
    number = [int(part) for part in parts]
    if not FIRST_YEAR <= number[2] <= LAST_YEAR:
        raise ValueError(
            _("Enter a year from %(low)d to %(high)d.", low=FIRST_YEAR, high=LAST_YEAR)
        )
    try:
        return date(number[2], number[1], number[0])
    except ValueError:
        raise ValueError(
            _("This date does not exist. Check that day and month are not swapped.")
        ) from None


def day_within(day: date, *, earliest: date | None, latest: date | None) -> None:
    """Check the bounds of a date."""
    if earliest is not None and day < earliest:
        raise ValueError(_("Enter a date on or after %(day)s.", day=format_day(earliest)))
    if latest is not None and day > latest:
        raise ValueError(_("Enter a date on or before %(day)s.", day=format_day(latest)))


def phone_number(typed: str) -> str:
    """Check that a phone number has digits enough; how it is written is left as it is."""
    if not FEWEST_DIGITS <= sum(c in "0123456789" for c in western_digits(typed)) <= MOST_DIGITS:
        raise ValueError(_("Write the phone number in digits, such as +49 30 901820."))
    return typed


def email_address(typed: str) -> str:
    """Read an e-mail address; its form is checked, not whether it receives mail."""
    try:
        return read_email(typed)
    except ValueError:
        raise ValueError(_("Write the e-mail address in full, such as name@example.org.")) from None
