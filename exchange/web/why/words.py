"""What speaks for a placement, in sentences for the coordinator, the student and the host.

None of them holds a number about a nation: a card stands beside names.
"""

from collections.abc import Callable, Mapping
from typing import Any

from exchange.domain.why_card import WhyCard
from exchange.web.i18n import country_name, joined, language_name, ngettext
from exchange.web.i18n import gettext as _
from exchange.web.signup.words import FIELD_WORDS, INTEREST_WORDS, LIFESTYLES, NEED_WORDS

Say = Callable[[str], str]
"""Puts a list of words into a sentence."""


def for_coordinator(card: WhyCard) -> list[str]:
    """What staff read."""
    nations = _nations(card)
    if card.meetings == 1:
        lines = [_("%(a)s and %(b)s meet here and nowhere else in this run.", **nations)]
    else:
        lines = [
            ngettext(
                "%(num)d placement of this run joins %(a)s and %(b)s; this is one of them.",
                "%(num)d placements of this run join %(a)s and %(b)s; this is one of them.",
                card.meetings,
                **nations,
            )
        ]
    lines += _languages(card, lambda words: _("Both speak %(languages)s.", languages=words))
    lines += _interests(card, lambda words: _("Interests of both: %(interests)s.", interests=words))
    if card.same_field:
        lines.append(_("Both are at home in %(field)s.", field=_word(FIELD_WORDS, card.same_field)))
    if card.same_lifestyle:
        lines.append(
            _("Both prefer this kind of home: %(kind)s.", kind=_lifestyle(card.same_lifestyle))
        )
    if card.needs_met:
        lines.append(_("Every need is met: %(needs)s.", needs=_needs(card.needs_met)))
    if card.wishes_met:
        lines.append(_("Wishes that come true: %(wishes)s.", wishes=_needs(card.wishes_met)))
    if card.wishes_open:
        lines.append(_("Wishes left open: %(wishes)s.", wishes=_needs(card.wishes_open)))
    if card.ranked is not None:
        lines.append(_("The student ranked this host at place %(place)d.", place=card.ranked))
    elif card.ranked_nation is not None:
        lines.append(
            _("The student ranked this country at place %(place)d.", place=card.ranked_nation)
        )
    if card.like_age:
        lines.append(_("A child of the home is about as old as the student."))
    return lines


def for_student(card: WhyCard) -> list[str]:
    """What the student may be told."""
    nations = _nations(card)
    lines = [
        _("Yours is the first home of this programme where %(a)s and %(b)s meet.", **nations)
        if card.meetings == 1
        else _("In your home %(a)s and %(b)s meet.", **nations)
    ]
    lines += _languages(
        card, lambda words: _("You and your hosts both speak %(languages)s.", languages=words)
    )
    lines += _interests(
        card,
        lambda words: _("Interests that you and your hosts share: %(interests)s.", interests=words),
    )
    if card.same_field:
        lines.append(
            _("They know your field: %(field)s.", field=_word(FIELD_WORDS, card.same_field))
        )
    if card.wishes_met:
        wishes = _needs(card.wishes_met)
        lines.append(_("You wished for this, and it is so: %(wishes)s.", wishes=wishes))
    if card.ranked is not None or card.ranked_nation is not None:
        lines.append(_("It is among the places that you asked for."))
    if card.like_age:
        lines.append(_("Somebody of about your age lives there."))
    return lines


def for_host(card: WhyCard) -> list[str]:
    """What the host may be told; nothing of what the student needs, for that is the student's."""
    nations = _nations(card)
    lines = [
        _("Yours is the first home of this programme where %(a)s and %(b)s meet.", **nations)
        if card.meetings == 1
        else _("In your home %(a)s and %(b)s meet.", **nations)
    ]
    lines += _languages(
        card, lambda words: _("You and your guest both speak %(languages)s.", languages=words)
    )
    lines += _interests(
        card,
        lambda words: _("Interests that you and your guest share: %(interests)s.", interests=words),
    )
    if card.same_field:
        lines.append(
            _("Your guest knows your field: %(field)s.", field=_word(FIELD_WORDS, card.same_field))
        )
    if card.like_age:
        lines.append(_("Your guest is about as old as a child of yours."))
    return lines


def _nations(card: WhyCard) -> dict[str, str]:
    return {"a": country_name(card.student_nation), "b": country_name(card.host_nation)}


def _languages(card: WhyCard, say: Say) -> list[str]:
    names = list(dict.fromkeys(language_name(one.tag) for one in card.languages))
    return [say(joined(names))] if names else []


def _interests(card: WhyCard, say: Say) -> list[str]:
    names = [_word(INTEREST_WORDS, one) for one in card.interests]
    return [say(joined(names))] if names else []


def _needs(codes: tuple[str, ...]) -> str:
    return joined(_word(NEED_WORDS, one) for one in codes)


def _word(words: Mapping[Any, Any], code: str) -> str:
    # A choice of the programme's own question is a code without words here.
    found = words.get(code)
    return str(found) if found is not None else code.rsplit(":", 1)[-1]


def _lifestyle(code: str) -> str:
    return next((str(words) for one, words in LIFESTYLES.items() if one.value == code), code)
