"""Why a placement cannot stay."""

from collections.abc import Iterable

from exchange.domain.rematch import Trouble
from exchange.web.hand.words import OBSTACLES
from exchange.web.i18n import lazy_gettext as _l

TROUBLES = {
    Trouble.STUDENT_GONE: _l("The student has withdrawn."),
    Trouble.HOST_GONE: _l("The host has withdrawn."),
    Trouble.STUDENT_NOT_CLEARED: _l("The student is no longer cleared by screening."),
    Trouble.HOST_NOT_CLEARED: _l("The host is no longer cleared: a check failed or has lapsed."),
    Trouble.FEWER_PLACES: _l("The host has fewer places than guests; one of them has to move."),
    Trouble.DECLINED: _l("The placement was declined, or has ended."),
}


def trouble_lines(codes: Iterable[str]) -> list[str]:
    """Say why a placement cannot stay."""
    words = OBSTACLES | {one.value: said for one, said in TROUBLES.items()}
    return [str(words.get(code, code)) for code in codes]
