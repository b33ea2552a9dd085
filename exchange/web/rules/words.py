"""Words for rules: what each is called, what each rule of a pack asks for, what it does."""

from exchange.domain.rule_changes import Change, Value
from exchange.domain.rule_packs import Effect, Rule
from exchange.web.desk_words import TERMS
from exchange.web.i18n import country_name, format_number
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l

RULES = {
    "term_weights": _l("Weight of a term of fit"),
    "min_quality": _l("Least fit of a placement"),
    "epsilon": _l("Diversity that may be given up for fit"),
    "working_languages": _l("Language that student and host have to share"),
    "working_level": _l("Level that both need in it"),
    "pair_weights": _l("Weight of a pair of nations"),
    "contested_pairs": _l("Contested pair of nations"),
    "flatten": _l("All pairs of nations weigh 1"),
    "pins": _l("Student and host who have to be together"),
    "forbids": _l("Student and host who must not be together"),
    "max_same_nation_per_host": _l("Most students of one nation at one host"),
    "max_same_language_per_host": _l("Most students of one native language at one host"),
    "partner_min": _l("Least placements of a sending partner"),
    "partner_max": _l("Most placements of a sending partner"),
    "group_min": _l("Least placements at a group of hosts"),
    "group_max": _l("Most placements at a group of hosts"),
    "tier4_floor": _l("Least placements that join rival nations"),
    "reciprocity_tolerance": _l("Most by which exchange between two nations may be uneven"),
    "reciprocity_cycles": _l("Earlier cycles that count in it"),
    "standing_balance": _l("Balance of earlier cycles between two nations"),
    "isolation_guard": _l("Nobody alone of a nation in a group of hosts"),
    "inside_host_weight": _l("What mixing nations inside a host counts"),
    "previous": _l("Earlier placement to keep"),
    "max_changes": _l("Most earlier placements that may change"),
}

PACK_RULES = {
    "place_offered": _l("The host offers at least one place."),
    "section_returned": _l("No part of the application waits for an answer."),
    "guardian_consent": _l("A guardian of every minor has agreed."),
    "household_known": _l("It is known who lives in the home."),
    "household_listed": _l("Everybody in the home is listed with a date of birth."),
    "interviewed": _l("Somebody has met the household in person."),
    "home_visited": _l("Somebody has visited the home."),
    "references": _l("References were heard."),
    "reference_not_staff": _l("No reference works for the programme."),
    "own_bed": _l("Every guest has a bed of their own."),
    "room_sharing": _l("Not too many guests share a room."),
    "single_adult_no_child": _l("One adult without a child at home: a second person looks too."),
    "single_adult_consent": _l(
        "One adult without a child at home: student and guardian agree to each placement."
    ),
    "institution_responsible": _l("Somebody answers for the guests of an institution."),
    "institution_insured": _l("The insurance of an institution covers guests."),
    "institution_group": _l("No group of guests is larger than the institution allows."),
    "adults_checked": _l("Everybody of this age and older in the home has a background check."),
    "check_lasts": _l("Background checks are valid until the stay ends."),
    "check_age": _l("Background checks are recent."),
    "one_adult_25": _l("One adult in the home is old enough."),
    "means": _l("The household can afford a guest."),
    "photos_seen": _l("Photos of the home were seen."),
    "co_place_max": _l("Not too many guests live in one home."),
    "co_place_consent": _l("A second guest needs the written agreement of everybody concerned."),
    "mixed_ages_consent": _l("Guests of age and minors in one home: everybody agrees to it."),
    "contested_nations_consent": _l("Nations in conflict: everybody agrees to the placement."),
    "unmet_wish_consent": _l("Animals or smoke against a wish: the student agrees to it."),
    "home_language": _l("The language of the programme is spoken at home."),
    "age_at_start": _l("The student’s age when the stay starts is within limits."),
    "whole_stay": _l("The host is available for the whole stay."),
    "private_fostering": _l(
        "A young student who stays long: the authority is told and a second person approves."
    ),
    "contact_student": _l(
        "During the stay somebody speaks with the student every month, the first time in person."
    ),
    "contact_host": _l("During the stay somebody speaks with the host every month."),
    "contact_host_in_person": _l("During the stay somebody meets the host once in a term."),
    "second_visit": _l(
        "Somebody who did not judge the home before visits it soon after the guest has moved in."
    ),
    "second_visit_welcome": _l("A home for a short time is visited sooner."),
    "help_answered": _l("Whoever asks for help is answered by a safeguarding lead in time."),
}

PACK_EFFECTS = {
    Effect.BLOCK: (_l("Blocks"), "danger"),
    Effect.SECOND_APPROVAL: (_l("Needs a second approval"), "warm"),
    Effect.CONSENT: (_l("Needs consent"), "accent"),
    Effect.WARN: (_l("Warns"), "quiet"),
}

NUMBERS = {
    "count": _l("how many: %(value)d"),
    "most_in_room": _l("at most %(value)d in a room"),
    "age": _l("from age %(value)d"),
    "most_days": _l("at most %(value)d days old"),
    "most": _l("at most %(value)d"),
    "from": _l("from guest number %(value)d on"),
    "least_months": _l("at least %(value)d months old"),
    "most_months": _l("at most %(value)d months old"),
    "under_age": _l("under age %(value)d"),
    "more_than_days": _l("more than %(value)d days"),
    "remind_day": _l("reminder on day %(value)d"),
    "overdue_day": _l("overdue on day %(value)d"),
    "escalate_day": _l("told to a lead on day %(value)d"),
    "home_days": _l("homes for at most %(value)d days"),
    "acknowledge_hours": _l("seen by a lead within hours: %(value)d"),
    "decide_hours": _l("decided within hours: %(value)d"),
}


def pack_rule_words(rule: Rule) -> str:
    """What a rule of a pack asks for; its id where nobody has said it in words."""
    return str(PACK_RULES.get(rule.id, rule.id))


def number_words(rule: Rule) -> list[str]:
    """The numbers of a rule of a pack."""
    return [
        _(NUMBERS[name].message, value=value) if name in NUMBERS else f"{name}: {value}"
        for name, value in rule.numbers.items()
    ]


def change_words(change: Change) -> tuple[str, str, str, str]:
    """Return what a difference is about, which one, what it was and what it is."""
    return (
        str(RULES[change.rule]),
        _key_words(change),
        _value_words(change.before),
        _value_words(change.after),
    )


def _key_words(change: Change) -> str:
    key = change.key
    if key is None:
        return ""
    if change.rule == "term_weights":
        return str(TERMS[key])
    if change.rule in ("pair_weights", "contested_pairs"):
        a, b = key.split("-")
        return pair_words(a, b)
    return key


def pair_words(a: str, b: str) -> str:
    """The names of two nations."""
    return _("%(one)s and %(other)s", one=country_name(a), other=country_name(b))


def _value_words(value: Value) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return format_number(value) if isinstance(value, int | float) else str(value)
