"""Words about changes by hand: what stands in the way, which limit breaks, what was decided."""

from collections.abc import Iterable, Mapping

from exchange.domain.hand import OverrideKind
from exchange.domain.placement import RelocationReason
from exchange.domain.set_limits import BrokenLimit
from exchange.services.labels import Label
from exchange.web.i18n import country_name
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l

OBSTACLES = {
    "nation": _l("The host is of the student’s own nation."),
    "language": _l("They share no language at the level that is asked for."),
    "dates": _l("The host is not available for the whole stay."),
    "needs": _l("The host does not meet something that the student needs."),
    "host_gender": _l("The genders in the household, or those it accepts, do not suit."),
    "age": _l("The student’s age is outside the host’s limits."),
    "never": _l("One of them is never to be placed with the other."),
    "screening": _l("The student or the host has not been cleared by screening."),
    "forbidden": _l("The pair is forbidden: by hand, by the rules, or because it failed before."),
    "pinned_elsewhere": _l("The student is pinned to another place. Take the pin back first."),
    "no_place": _l("The host has no free place."),
    "keep_apart": _l("A guest of this host must never share a home with the student."),
    "below_min_quality": _l("They fit less well than the rules ask for at least."),
    "unknown": _l("This run did not read the student or the host."),
}

LIMITS = {
    "keep_with": _l("Two students who belong together would be apart: %(whom)s."),
    "max_same_nation_per_host": _l(
        "%(whom)s would have %(found)s students of one nation; the rules allow %(asked)s."
    ),
    "max_same_language_per_host": _l(
        "%(whom)s would have %(found)s students of one native language; the rules allow %(asked)s."
    ),
    "partner_min": _l(
        "%(whom)s would have %(found)s placements; the rules ask for %(asked)s at least."
    ),
    "partner_max": _l(
        "%(whom)s would have %(found)s placements; the rules allow %(asked)s at most."
    ),
    "group_min": _l(
        "The hosts of %(whom)s would have %(found)s placements; the rules ask for %(asked)s at "
        "least."
    ),
    "group_max": _l(
        "The hosts of %(whom)s would have %(found)s placements; the rules allow %(asked)s at most."
    ),
    "isolation_guard": _l("In %(whom)s a student would be the only one of a nation."),
    "tier4_floor": _l(
        "%(found)s placements would join rival nations; the rules ask for %(asked)s at least."
    ),
    "reciprocity_tolerance": _l(
        "%(whom)s would differ by %(found)s in how many they send each other; the rules allow "
        "%(asked)s."
    ),
}

KINDS = {
    OverrideKind.PIN: (_l("Pinned for later runs"), "accent"),
    OverrideKind.FORBID: (_l("Forbidden for later runs"), "warm"),
    OverrideKind.MOVE: (_l("Moved to a free place"), "quiet"),
    OverrideKind.SWAP: (_l("Changed places"), "quiet"),
    OverrideKind.RELEASE: (_l("Taken out of the match"), "quiet"),
}

RELOCATION_REASONS = {
    RelocationReason.REPORTED: _l("Something was reported to an authority"),
    RelocationReason.BEHAVIOUR: _l("Behaviour"),
    RelocationReason.SCHOOL_CHANGE: _l("Change of school"),
    RelocationReason.CIRCUMSTANCES: _l("Circumstances have changed"),
    RelocationReason.INCOMPATIBILITY: _l("They did not get on"),
    RelocationReason.OTHER: _l("Another reason"),
}


def obstacle_lines(codes: Iterable[str]) -> list[str]:
    """Say what stands in the way of a pair."""
    return [str(OBSTACLES.get(code, code)) for code in codes]


def limit_line(limit: BrokenLimit, labels: Mapping[str, Label]) -> str:
    """Say which limit of the programme a change breaks, and by how much."""
    named = [labels[one].words for one in limit.whom.split(" ") if one in labels]
    whom = " · ".join(named) if named else limit.whom
    if limit.rule == "reciprocity_tolerance":
        whom = pair_words(*limit.whom.split("-", 1))
    sentence = LIMITS.get(limit.rule)
    if sentence is None:
        return limit.rule
    return _(sentence.message, whom=whom, found=limit.found, asked=limit.asked)


def pair_words(nation_a: str, nation_b: str) -> str:
    """Name two nations."""
    return _("%(a)s and %(b)s", a=country_name(nation_a), b=country_name(nation_b))
