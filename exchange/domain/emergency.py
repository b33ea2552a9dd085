"""Whom to call in an emergency, by nation: only where it is well known.

A nation that is missing here is told of 112, which mobile telephones reach in most of the world,
and to ask for the local number.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmergencyNumbers:
    """One number for all, or one for each."""

    everything: str | None = None
    police: str | None = None
    ambulance: str | None = None
    fire: str | None = None


GSM_NUMBER = "112"
_ONE: dict[str, str] = {
    # The European emergency number: the Union, and others who use it.
    **dict.fromkeys(
        (
            "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
            " IS LI NO CH TR UA RU GE IN"
        ).split(),
        "112",
    ),
    "GB": "999",
    "HK": "999",
    **dict.fromkeys(("US", "CA", "MX", "AR"), "911"),
    "AU": "000",
    "NZ": "111",
}
_EACH: dict[str, EmergencyNumbers] = {
    "BR": EmergencyNumbers(police="190", ambulance="192", fire="193"),
    "CL": EmergencyNumbers(police="133", ambulance="131", fire="132"),
    "CN": EmergencyNumbers(police="110", ambulance="120", fire="119"),
    "EG": EmergencyNumbers(police="122", ambulance="123", fire="180"),
    "IL": EmergencyNumbers(police="100", ambulance="101", fire="102"),
    "JP": EmergencyNumbers(police="110", ambulance="119", fire="119"),
    "KR": EmergencyNumbers(police="112", ambulance="119", fire="119"),
    "SG": EmergencyNumbers(police="999", ambulance="995", fire="995"),
    "TW": EmergencyNumbers(police="110", ambulance="119", fire="119"),
    "ZA": EmergencyNumbers(police="10111", ambulance="10177", fire="10177"),
}


def numbers_in(nation: str | None) -> EmergencyNumbers | None:
    """Return the emergency numbers of a nation; None where they are not known here."""
    if nation in _EACH:
        return _EACH[nation]
    return EmergencyNumbers(everything=_ONE[nation]) if nation in _ONE else None
