"""Why somebody has no place, and which rules contradict each other, in the language of the page.

What a run keeps is written in English, with its figures; other languages say the same from the
code and the facts that stand beside it.
"""

from collections.abc import Mapping
from typing import Any

from exchange.translations import ENGLISH
from exchange.web.i18n import current_language, joined
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l

GATES = {
    "nation": _l("the host is of the student’s own nation"),
    "language": _l("no shared language at the level that is asked for"),
    "dates": _l("not available for the whole stay"),
    "needs": _l("a need of the student is not met"),
    "host_gender": _l("the genders in the household, or those it accepts, do not suit"),
    "age": _l("the student’s age is outside the host’s limits"),
    "never": _l("never to be placed together"),
    "screening": _l("not cleared by screening"),
    "forbidden": _l("the rules of this run forbid the pair"),
}

UNPLACED = {
    "not_screened": _l(
        "The application has not been cleared by screening, so no host was considered."
    ),
    "below_min_quality": _l("Some hosts would be allowed, but none fits well enough."),
    "more_students_than_places": _l(
        "Every host that fits is taken: more students compete for these places than there are."
    ),
    "kept_out_by_limits": _l(
        "A place at a fitting host is free or could be made so, but taking it would break a limit "
        "or cost another student a place."
    ),
    "held_back": _l("A person chooses by hand who of the waiting list gets a place."),
    "taken_out_by_hand": _l("A person took this student out of the match."),
    "gave_place_by_hand": _l("A person gave this student’s place to another student."),
    "search_stopped": _l(
        "The search was stopped before this student was placed. Run the match again with more time."
    ),
}

CONFLICTS = {
    "pin_forbidden": _l(
        "Student %(student)s is pinned to host %(host)s and forbidden to go there; "
        "drop one of both."
    ),
    "pin_not_allowed": _l(
        "Student %(student)s is pinned to host %(host)s, but a hard rule keeps them apart: "
        "%(gates)s. Drop the pin, or correct the profile."
    ),
    "pin_below_min_quality": _l(
        "Student %(student)s is pinned to host %(host)s, but they fit less well than the minimum "
        "asks; drop the pin or lower the minimum."
    ),
    "pin_twice": _l(
        "Student %(student)s is pinned to several hosts (%(hosts)s); keep one of these pins."
    ),
    "pin_over_capacity": _l(
        "More students are pinned to host %(host)s than it has places (%(places)s); "
        "drop a pin or add a place."
    ),
    "tier4_floor": _l(
        "More contacts between nations of tier 4 are asked for (%(asked)s) than can be made. "
        "Lower the floor, or find more such hosts."
    ),
    "max_changes": _l(
        "More earlier placements have to change than the rules allow (%(asked)s). "
        "Raise max_changes."
    ),
    "keep_together": _l("Students %(students)s cannot be kept together, as keep_with asks."),
    "keep_apart": _l("Students %(students)s cannot be kept apart, as keep_apart asks."),
    "host_nation_cap": _l(
        "Host %(host)s would have more students of one nation than max_same_nation_per_host allows."
    ),
    "host_language_cap": _l(
        "Host %(host)s would have more students of one native language than "
        "max_same_language_per_host allows."
    ),
    "student_group_min": _l(
        "Too few placements can be found for the students of %(group)s. Lower partner_min."
    ),
    "student_group_max": _l(
        "The students of %(group)s have more placements than partner_max allows."
    ),
    "host_group_min": _l(
        "Too few placements can be found at the hosts of %(group)s. Lower group_min."
    ),
    "host_group_max": _l("The hosts of %(group)s have more placements than group_max allows."),
    "reciprocity_tolerance": _l(
        "%(nations)s differ more in how many they send each other than "
        "reciprocity_tolerance allows."
    ),
    "isolation_guard": _l("At the hosts of %(group)s a student would be the only one of a nation."),
}


def unplaced_words(reason: str, detail: str) -> str:
    """Why a student has no place; `detail` is what the run wrote in English."""
    if current_language() == ENGLISH:
        return detail
    code, _colon, gates = reason.partition(":")
    if code == "no_host_passes":
        return _("No host passes. Hosts ruled out: %(gates)s.", gates=_gates(gates.split("+")))
    return str(UNPLACED[code]) if code in UNPLACED else detail


def conflict_words(conflict: Mapping[str, Any]) -> str:
    """Which limits of a run contradict each other."""
    sentence = CONFLICTS.get(conflict.get("code", ""))
    if current_language() == ENGLISH or sentence is None:
        return str(conflict["message"])
    facts = {
        name: joined(fact) if isinstance(fact, list | tuple) else fact
        for name, fact in conflict.get("facts", {}).items()
    }
    if "gates" in facts:
        facts["gates"] = _gates(conflict["facts"]["gates"])
    try:
        return _(sentence.message, **facts)
    except KeyError:
        return str(conflict["message"])


def _gates(codes: list[str]) -> str:
    return "; ".join(str(GATES.get(code, code)) for code in codes)
