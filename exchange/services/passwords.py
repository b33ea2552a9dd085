"""What may be a password: long enough, and not one that everybody tries first."""

from exchange.errors import InvalidInput
from exchange.translations import Sentence

SHORTEST = 12
LONGEST = 128
_COMMON = frozenset(
    {
        "000000000000",
        "111111111111",
        "123456789012",
        "1234567890123",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "aaaaaaaaaaaa",
        "abcdefghijkl",
        "abcdefghijklm",
        "administrator",
        "administrator1",
        "changeme1234",
        "changemechangeme",
        "correcthorse",
        "correcthorsebatterystaple",
        "exchange1234",
        "exchangeexchange",
        "iloveyou1234",
        "letmein12345",
        "passw0rd1234",
        "password1234",
        "password12345",
        "passwordpassword",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiopas",
        "qwertyuiopasdf",
        "trustno1trustno1",
        "welcome12345",
    }
)


def check_password(password: str) -> str:
    """Return the password as it is; no rule asks for digits, capitals or signs.

    Raises
    ------
    InvalidInput
        When it is shorter than 12 or longer than 128 characters, or too common.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        sentence = Sentence(
            "Use a password of %(low)d to %(high)d characters", low=SHORTEST, high=LONGEST
        )
    elif password.lower() in _COMMON or len(set(password)) < 4:
        sentence = Sentence("Choose a password that is harder to guess")
    else:
        return password
    raise InvalidInput(f"{sentence}.", {"password": [sentence]})
