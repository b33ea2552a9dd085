"""Nations, and the weight of a pair of them.

A nation is an ISO 3166-1 alpha-2 code, plus XK (Kosovo, by decision: user-assigned, but in use by
programmes). Note that NA is Namibia, not a missing value.
"""

from dataclasses import dataclass

NATIONS: frozenset[str] = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA
    ZM ZW
    """.split()  # A quoted list of 250 codes would be harder to check.
)

MAX_TIER = 4
REVIEW_TIER = 4
"""Placements of this tension tier wait for a person before they are released."""


@dataclass(frozen=True, slots=True, order=True)
class NationPair:
    """Facts about an unordered pair of nations; `a` < `b` always.

    Attributes
    ----------
    cultural_distance : float or None
        C in [0, 1], the mean percentile of the components that exist; None when none does.
    components : int
        How many components of cultural distance exist (0, 1 or 2).
    tier : int
        Tension tier T in 0 … 4.
    """

    a: str
    b: str
    cultural_distance: float | None = None
    components: int = 0
    tier: int = 0

    @property
    def weight(self) -> float:
        """Weigh w = 0.25 + 0.25·C + 0.125·T, in (0, 1]; C counts as 0.5 where there is no data."""
        distance = 0.5 if self.cultural_distance is None else self.cultural_distance
        return 0.25 + 0.25 * distance + 0.125 * self.tier


def pair_key(nation_1: str, nation_2: str) -> tuple[str, str]:
    """Return the two nations in the order in which their pair is stored.

    Raises
    ------
    ValueError
        When both are the same nation: that is no pair.
    """
    if nation_1 == nation_2:
        raise ValueError(f"{nation_1} with itself is not a pair of nations")
    return (nation_1, nation_2) if nation_1 < nation_2 else (nation_2, nation_1)
