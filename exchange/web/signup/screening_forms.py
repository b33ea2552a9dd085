"""The steps of a host's sign-up that are there for screening: organisation, beds, references."""

from typing import Any

from exchange.domain.rule_packs import RULE_PACKS
from exchange.web.choice_fields import PickField, choices_of
from exchange.web.fields import EmailField, LongTextField, TextField, TickField, WholeNumberField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.signup.host_forms import MOST_PLACES
from exchange.web.signup.step_form import StepForm
from exchange.web.signup.student_forms import MAX_LETTER
from exchange.web.signup.words import REFERENCE_RELATIONS


class OrganisationForm(StepForm):
    """What is asked of an institution instead of a household."""

    title = _l("Your organisation")
    intro = _l(
        "One person answers for the guests. The programme meets and checks that person, "
        "and asks to see your insurance."
    )
    responsible_name = TextField(
        _l("Who answers for the guests?"),
        missing=_l("Enter the name of the person who answers for the guests"),
        render_kw={"spellcheck": "false"},
    )
    responsible_email = EmailField(
        _l("Their e-mail address"), missing=_l("Enter the e-mail address of that person")
    )
    insurer = TextField(
        _l("With whom are guests insured?"),
        missing=_l("Enter the name of your insurer"),
        description=_l("Against accidents and damage while they are with you."),
    )
    group_size = WholeNumberField(
        _l("How many guests can that person look after at the same time?"),
        low=1,
        high=MOST_PLACES,
        missing=_l("Enter the number of guests"),
    )


class RoomsForm(StepForm):
    """Where guests sleep."""

    title = _l("Where guests sleep")
    intro = _l(
        "Each guest needs a bed of their own: a real one, not an air bed and not one that is "
        "folded out."
    )
    guest_rooms = WholeNumberField(
        _l("How many rooms are there for guests?"),
        low=1,
        high=MOST_PLACES,
        missing=_l("Enter the number of rooms"),
    )
    guest_beds = WholeNumberField(
        _l("How many beds are there for guests?"),
        low=1,
        high=MOST_PLACES,
        missing=_l("Enter the number of beds"),
    )
    places: int | None = None
    most_in_room: int | None = None

    def bind(self, journey: Any) -> None:
        """Beds for as many as are offered a place."""
        self.places = journey.answer("places", "capacity")
        rule = RULE_PACKS[journey.cycle.rule_pack].find("room_sharing")
        self.most_in_room = rule.numbers["most_in_room"] if rule else None

    def check(self) -> None:
        """A bed for each guest."""
        beds = self.guest_beds.data
        if self.places and beds and beds < self.places:
            self.add_fault(
                "guest_beds",
                _(
                    "You offer %(places)d places, so you need as many beds; or offer fewer places",
                    places=self.places,
                ),
            )
        rooms, most = self.guest_rooms.data, self.most_in_room
        if self.places and rooms and most and self.places > most * rooms:
            self.add_fault(
                "guest_rooms",
                _("At most %(most)d guests may share a room; offer fewer places", most=most),
            )


class ReferencesForm(StepForm):
    """Two people who know the household."""

    title = _l("Two people who know you")
    intro = _l(
        "The programme asks two people about your home before a guest comes. They must not be "
        "related to you, live with you, or work for the programme. Please ask them first."
    )
    reference_1_name = TextField(
        _l("Name of the first person"),
        missing=_l("Enter the name of the first person"),
        render_kw={"spellcheck": "false", "autocomplete": "off"},
    )
    reference_1_relation = PickField(
        _l("How does the first person know you?"),
        missing=_l("Say how the first person knows you"),
        choices=choices_of(REFERENCE_RELATIONS.items()),
    )
    reference_1_email = EmailField(
        _l("E-mail address of the first person"),
        description=_l("Give an e-mail address, a phone number, or both."),
        render_kw={"autocomplete": "off"},
    )
    reference_1_phone = TextField(
        _l("Phone number of the first person"),
        max_length=40,
        render_kw={"autocomplete": "off", "inputmode": "tel"},
    )
    reference_2_name = TextField(
        _l("Name of the second person"),
        missing=_l("Enter the name of the second person"),
        render_kw={"spellcheck": "false", "autocomplete": "off"},
    )
    reference_2_relation = PickField(
        _l("How does the second person know you?"),
        missing=_l("Say how the second person knows you"),
        choices=choices_of(REFERENCE_RELATIONS.items()),
    )
    reference_2_email = EmailField(
        _l("E-mail address of the second person"),
        description=_l("Give an e-mail address, a phone number, or both."),
        render_kw={"autocomplete": "off"},
    )
    reference_2_phone = TextField(
        _l("Phone number of the second person"),
        max_length=40,
        render_kw={"autocomplete": "off", "inputmode": "tel"},
    )
    not_related = TickField(
        _l("Neither of them is related to anybody in the home, or lives in it"),
        missing=_l("Choose two people who are not related to you and do not live with you"),
    )
    own: tuple[str | None, str | None] = (None, None)

    def bind(self, journey: Any) -> None:
        """Nobody is their own reference."""
        self.own = (journey.answer("about-you", "email"), journey.answer("about-you", "phone"))

    def check(self) -> None:
        """Two different people, who can be reached, and neither of them the host."""
        for number in (1, 2):
            email, phone = self._reach(number)
            unread = self[f"reference_{number}_email"].errors
            if not email and not phone and not unread:
                self.add_fault(
                    f"reference_{number}_email",
                    _("Enter an e-mail address or a phone number of this person"),
                )
            if _same(email, self.own[0]) or _same(phone, self.own[1]):
                self.add_fault(
                    f"reference_{number}_email",
                    _("This is how we reach you; choose somebody else"),
                )
        (email_1, phone_1), (email_2, phone_2) = self._reach(1), self._reach(2)
        if _same(email_1, email_2) or _same(phone_1, phone_2):
            self.add_fault("reference_2_email", _("Choose two different people"))

    def _reach(self, number: int) -> tuple[str | None, str | None]:
        return self[f"reference_{number}_email"].data, self[f"reference_{number}_phone"].data

    def profile_values(self) -> dict[str, Any]:
        """The tick is a promise, not an answer that is kept."""
        return {k: v for k, v in super().profile_values().items() if k != "not_related"}


def _same(one: str | None, other: str | None) -> bool:
    return bool(one and other) and _bare(one) == _bare(other)


def _bare(reach: str | None) -> str:
    """An address or a number without what two ways to write it differ in."""
    return "".join((reach or "").casefold().replace("-", " ").split())


class HouseRulesForm(StepForm):
    """How life goes in the home."""

    title = _l("Rules of your home")
    house_rules = LongTextField(
        _l("What should a guest keep to in your home?"),
        max_length=MAX_LETTER,
        description=_l("For example meals, quiet hours, visitors, when to be back."),
    )
    free_to_believe = TickField(
        _l("We may invite a guest to a religious service, and never require it"),
        missing=_l("No guest may be required to take part in religious services; please agree"),
    )

    def profile_values(self) -> dict[str, Any]:
        """The tick is a promise, not an answer that is kept."""
        return {k: v for k, v in super().profile_values().items() if k != "free_to_believe"}


class WhyForm(StepForm):
    """Why they host."""

    title = _l("Why you would like to host")
    motivation = LongTextField(
        _l("Why would you like to have a guest?"),
        missing=_l("Write a few words about why you would like to host"),
        max_length=MAX_LETTER,
        description=_l(
            "A few words in any language. The programme’s staff read them, and nobody else."
        ),
    )
