"""The words of the pages on which a programme makes up its own questions."""

from exchange.domain.cycle import ApplicationKind
from exchange.domain.question import AnswerKind, MatchUse
from exchange.web.i18n import lazy_gettext as _l

AUDIENCES = {
    ApplicationKind.STUDENT: _l("Questions to students"),
    ApplicationKind.HOST: _l("Questions to hosts"),
}

ANSWERS = {
    AnswerKind.TEXT: _l("Text"),
    AnswerKind.ONE: _l("One of several choices"),
    AnswerKind.SOME: _l("Any number of choices"),
    AnswerKind.NUMBER: _l("Number"),
    AnswerKind.DATE: _l("Date"),
}

USES = {
    MatchUse.NEED: _l("Each choice ticked is a need: only homes that offer all of them"),
    MatchUse.WISH: _l("Each choice ticked is a wish: homes that offer it fit better"),
    MatchUse.INTEREST: _l("Choices in common count as shared interests"),
    MatchUse.OFFER: _l("Each choice is something that the home offers"),
}
"""What the choices are to the match; no other kind of answer ever reaches it."""

NO_USE = _l("The match does not read it")
