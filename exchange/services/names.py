"""Names and addresses that staff type: what a form, a command and a seed may give alike."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from exchange.errors import InvalidInput
from exchange.intake.text import clean_text
from exchange.translations import Sentence

LONGEST_NAME = 200


def clean_name(value: str, field: str = "name") -> str:
    """Return a name that can be stored and shown.

    Raises
    ------
    InvalidInput
        When it is empty, too long, or holds what cannot be shown.
    """
    try:
        name = clean_text(value, LONGEST_NAME)
    except ValueError as error:
        raise InvalidInput(f"{error}.", {field: [str(error)]}) from error
    if not name:
        raise InvalidInput("Enter a name.", {field: [Sentence("Enter a name")]})
    return name


def normalise_email(value: str, field: str = "email") -> str:
    """Return an address as it is known by: lower case, NFC.

    Raises
    ------
    InvalidInput
        When it is no e-mail address.
    """
    try:
        checked = validate_email(value.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        sentence = Sentence("Enter an e-mail address such as name@example.org")
        raise InvalidInput(f"{sentence}.", {field: [sentence]}) from error
    return unicodedata.normalize("NFC", checked).lower()
