"""Ages that decide something: who is a minor, and from which age somebody consents online alone.

How old somebody is on a day is said by `attributes.age_on`.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from exchange.domain.attributes import age_on

ADULT_AGE = 18
"""Of age where a programme says nothing else (Convention on the Rights of the Child, article 1)."""
HIGHEST_ADULT_AGE = 21
"""No state sets the age of majority higher; a programme may set its own from 18 to this."""
YOUNGEST_AGE = 13
"""Below it no answer is kept: no state lets anybody younger consent online (article 8 of the
General Data Protection Regulation)."""
UNSET_CONSENT_AGE = 16
"""The age of article 8(1), where a state has set no other or no such law is known."""

DIGITAL_CONSENT_AGES: Mapping[str, int] = {
    **dict.fromkeys(("BE", "EE", "FI", "GB", "IS", "LV", "MT", "NO", "PT", "SE"), 13),
    **dict.fromkeys(("AT", "BG", "CY", "ES", "IT", "LT"), 14),
    **dict.fromkeys(("CZ", "DK", "FR", "GR", "SI"), 15),
    **dict.fromkeys(("DE", "HR", "HU", "IE", "LI", "LU", "NL", "PL", "RO", "SK"), 16),
}
"""From which age a state lets somebody consent to an online service without a guardian.

Sources: Regulation (EU) 2016/679, article 8(1), and the acts that the states made for it, as the
European Commission lists them in SWD(2020) 115, page 17; since then Denmark has raised its age to
15 (Data Protection Act, section 6, from 1 January 2024) and Slovenia has set 15 (Personal Data
Protection Act, article 8, 2023); United Kingdom: Data Protection Act 2018, section 9; Norway:
Personal Data Act, section 5; Iceland: Act 90/2018, article 10. Norway consulted in 2025 on raising
its age from 13 to 15; that was not known to be in force on 25 November 2026, when Denmark, Iceland
and Norway were last looked at. To be looked over once a year.
"""


def is_minor(birth_on: date | None, day: date, adult_age: int = ADULT_AGE) -> bool:
    """Say whether somebody is under age on a day; whose birth is not known is not said to be.

    The day of application decides for the whole exchange: nobody is younger on a later day.
    """
    return birth_on is not None and age_on(birth_on, day) < adult_age


def consent_age(nations: Iterable[str]) -> int:
    """Return the age from which somebody of these nations consents online without a guardian.

    Where they differ the highest counts: which state's law holds is not for a form to decide.
    """
    ages = [DIGITAL_CONSENT_AGES.get(nation, UNSET_CONSENT_AGE) for nation in nations]
    return max(ages, default=UNSET_CONSENT_AGE)
