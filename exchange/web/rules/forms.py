"""The forms of the rules: all of them but nation pairs, the rule pack, a file, a version."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from exchange.domain.attributes import Level
from exchange.domain.rules import MAX_TERM_WEIGHT, TERM_WEIGHTS, Rules
from exchange.records.rule_version import LONGEST_REASON
from exchange.services.rule_people import Directory, Pairs
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import PickField, choices_of
from exchange.web.desk_words import TERMS
from exchange.web.fields import LongTextField, TickField, UploadField, WholeNumberField
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.i18n import ngettext
from exchange.web.number_fields import DecimalField, ShareField
from exchange.web.rules.fields import LimitsField, PairsField, TagsField
from exchange.web.rules.words import RULES

MOST_SEEN = 10**6
AS_NOW = "as_now"
_MOST = 100_000
_NO_LIMIT = _l("Empty: no limit.")
_LINES = _l("A name, a colon and a number a line, such as North: 4.")
_PEOPLE = _l("A student and a host a line, by the references that stand on their pages.")


def reason_field() -> LongTextField:
    """Why the rules change; everybody who may see the rules reads it."""
    return LongTextField(
        _l("Reason for the change"),
        missing=_l("Say why the rules change"),
        max_length=LONGEST_REASON,
        description=_l("It stays with this version. Write no names of applicants."),
        rows=3,
    )


class ReasonForm(BaseForm):
    """A reason and a button."""

    reason = reason_field()


class UploadRulesForm(BaseForm):
    """A RULES.toml, and why it is taken."""

    file = UploadField(
        _l("File of rules"),
        missing=_l("Choose a file"),
        description=_l("A file such as the one that you can download here, at most 1 MB."),
        render_kw={"accept": ".toml"},
    )
    reason = reason_field()


def _count(name: str, low: int, description: Any = _NO_LIMIT) -> WholeNumberField:
    return WholeNumberField(RULES[name], low=low, high=_MOST, description=description)


def _weight(name: str) -> DecimalField:
    missing = _l("Enter a weight, or 0 to leave it out")
    return DecimalField(TERMS[name], low=0.0, high=MAX_TERM_WEIGHT, missing=missing)


class RulesForm(BaseForm):
    """Everything that RULES.toml knows, but the weights of nation pairs: they have a page."""

    epsilon = ShareField(
        RULES["epsilon"],
        missing=_l("Enter how much diversity may be given up"),
        description=_l(
            "0 keeps every bit of diversity. 0.02 gives up at most 2 % of the diversity sum. "
            "1 looks at fit only. Each run can choose otherwise."
        ),
    )
    min_quality = ShareField(
        RULES["min_quality"],
        missing=_l("Enter the least fit, or 0 for none"),
        description=_l("From 0 to 1. Nobody is placed where the fit is lower."),
    )
    inside_host_weight = ShareField(
        RULES["inside_host_weight"],
        missing=_l("Enter what the mix counts, or 0 for nothing"),
        description=_l(
            "From 0 to 1: at hosts of three places and more, beside contacts between nations."
        ),
    )
    term_languages = _weight("languages")
    term_interests = _weight("interests")
    term_field = _weight("field")
    term_age = _weight("age")
    term_household = _weight("household")
    term_wishes = _weight("wishes")
    term_preference = _weight("preference")
    term_waiting = _weight("waiting")
    working_languages = TagsField(
        RULES["working_languages"],
        max_length=500,
        description=_l(
            "Codes such as en, fr or pt-BR, with commas between them: one of these has to be "
            "shared. Empty: any language will do."
        ),
    )
    working_level = PickField(
        RULES["working_level"],
        missing=_l("Choose a level"),
        choices=choices_of(
            (one.value, _l("native") if one is Level.NATIVE else one.value) for one in Level
        ),
    )
    max_same_nation_per_host = _count("max_same_nation_per_host", 1)
    max_same_language_per_host = _count("max_same_language_per_host", 1)
    isolation_guard = TickField(RULES["isolation_guard"])
    reciprocity_tolerance = _count(
        "reciprocity_tolerance",
        0,
        _l("How many more students one may send than the other. Empty: no limit."),
    )
    reciprocity_cycles = _count(
        "reciprocity_cycles",
        1,
        _l("So many cycles before this one. A balance that is too large already must not grow."),
    )
    tier4_floor = _count("tier4_floor", 0)
    partner_min = LimitsField(RULES["partner_min"], description=_LINES, rows=4)
    partner_max = LimitsField(RULES["partner_max"], description=_LINES, rows=4)
    group_min = LimitsField(RULES["group_min"], description=_LINES, rows=4)
    group_max = LimitsField(RULES["group_max"], description=_LINES, rows=4)
    pins = PairsField(RULES["pins"], description=_PEOPLE, rows=4)
    forbids = PairsField(RULES["forbids"], description=_PEOPLE, rows=4)
    previous = PickField(
        _l("Earlier placements to keep where possible"), nothing=_l("None"), choices=[]
    )
    max_changes = _count("max_changes", 0, _l("Empty: as few as possible, however many."))
    reason = reason_field()

    def __init__(self, earlier: Sequence[tuple[str, Any]] = (), *args: Any, **kwargs: Any) -> None:
        self.earlier = tuple(earlier)
        super().__init__(*args, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the earlier runs before the answer is read."""
        self.previous.choices = choices_of(self.earlier)
        super().process(*args, **kwargs)

    def rules(self, now: Rules, people: Directory, earlier: Mapping[str, Pairs]) -> Rules | None:
        """Return the rules that were typed; None when they name somebody who is not there."""
        pins, forbids = self._people("pins", people), self._people("forbids", people)
        if self.fault_lines():
            return None
        return replace(
            now,
            **{name: self[name].data for name in PLAIN},
            pins=tuple(pins),
            forbids=tuple(forbids),
            working_languages=self.working_languages.data or (),
            working_level=Level(self.working_level.data),
            term_weights={name: self[f"term_{name}"].data for name in TERM_WEIGHTS},
            previous=tuple(earlier.get(self.previous.data or "", ())),
        )

    def _people(self, name: str, people: Directory) -> list[tuple[str, str]]:
        found, unknown = people.resolve(self[name].data)
        if unknown:
            self.add_fault(
                name,
                ngettext(
                    "%(num)d reference is nobody’s in this cycle. Check it.",
                    "%(num)d references are nobody’s in this cycle. Check them.",
                    len(unknown),
                ),
            )
        return found


PLAIN = (
    "epsilon",
    "min_quality",
    "inside_host_weight",
    "max_same_nation_per_host",
    "max_same_language_per_host",
    "isolation_guard",
    "reciprocity_tolerance",
    "reciprocity_cycles",
    "tier4_floor",
    "partner_min",
    "partner_max",
    "group_min",
    "group_max",
    "max_changes",
)
"""Rules whose field holds the value as the rules do."""

GROUPS = (
    ("goals", _l("Goals"), ("epsilon", "min_quality", "inside_host_weight")),
    (
        "terms",
        _l("What makes a good fit: the weight of each term"),
        tuple(f"term_{name}" for name in TERM_WEIGHTS),
    ),
    ("languages", _l("Languages"), ("working_languages", "working_level")),
    (
        "limits",
        _l("Limits"),
        (
            "max_same_nation_per_host",
            "max_same_language_per_host",
            "isolation_guard",
            "reciprocity_tolerance",
            "reciprocity_cycles",
            "tier4_floor",
            "partner_min",
            "partner_max",
            "group_min",
            "group_max",
        ),
    ),
    ("people", _l("Single people"), ("pins", "forbids")),
    ("earlier", _l("Earlier placements"), ("previous", "max_changes")),
)
"""The fields by heading, for the form and for the page that shows them."""


def filled_form(
    rules: Rules, people: Directory, earlier: Sequence[tuple[str, Any]] = ()
) -> RulesForm:
    """Return the form as the rules in force fill it in."""
    values: dict[str, Any] = {name: getattr(rules, name) for name in PLAIN}
    values |= {f"term_{name}": weight for name, weight in rules.term_weights.items()}
    values |= {
        "working_languages": rules.working_languages,
        "working_level": rules.working_level.value,
        "pins": people.readable(rules.pins),
        "forbids": people.readable(rules.forbids),
        "previous": AS_NOW if rules.previous else None,
    }
    return RulesForm(earlier, formdata=None, data=values)
