"""Offers in words: states, parties, answers, and why one is over."""

from exchange.domain.offer import Answer, HoldState, NoteKind, OfferEnd, Party
from exchange.domain.placement import PlacementState
from exchange.services.offer_desk import Group
from exchange.web.i18n import lazy_gettext as _l

PLACEMENT_STATES = {
    PlacementState.PROPOSED: (_l("To look at"), "warm"),
    PlacementState.OFFERED: (_l("Waiting for answers"), "accent"),
    PlacementState.ACCEPTED: (_l("Accepted, agreements missing"), "warm"),
    PlacementState.CONFIRMED: (_l("Confirmed"), "good"),
    PlacementState.DECLINED: (_l("Declined"), "danger"),
    PlacementState.LAPSED: (_l("Not answered in time"), "danger"),
    PlacementState.ENDED: (_l("Over"), "quiet"),
    PlacementState.MOVED: (_l("Moved to another host"), "quiet"),
}
"""Words and colour of each state; the words always stand with the colour."""

GROUPS = {
    Group.LOOK: _l("To look at first"),
    Group.WAITING: _l("Waiting for answers"),
    Group.OVERDUE: _l("Not answered in time"),
    Group.CONSENTS: _l("Accepted, agreements missing"),
    Group.CONFIRMED: _l("Confirmed"),
    Group.OVER: _l("Declined, moved or over"),
}

PARTIES = {
    Party.STUDENT: _l("Student"),
    Party.GUARDIAN: _l("Parent or guardian"),
    Party.HOST: _l("Host"),
}

ANSWERS = {
    Answer.AWAITED: (_l("No answer yet"), "quiet"),
    Answer.ACCEPTED: (_l("Yes"), "good"),
    Answer.DECLINED: (_l("No"), "danger"),
}

ENDS = {
    OfferEnd.DECLINED: _l("Somebody said no."),
    OfferEnd.LAPSED: _l("Somebody did not answer in time."),
    OfferEnd.WITHDRAWN: _l("The staff took it back."),
    OfferEnd.LEFT: _l("One side has left the cycle."),
    OfferEnd.REPLACED: _l("A later match joins others."),
}

NOTES = {
    NoteKind.EXTENDED: _l("More time was given"),
    NoteKind.WITHDRAWN: _l("The offer was taken back"),
    NoteKind.ANSWERED: _l("An answer was written down"),
}

HOLDS = {
    HoldState.ACTIVE: (_l("Holds"), "good"),
    HoldState.QUEUED: (_l("In the queue"), "quiet"),
}

CONTACT = {
    "name": _l("Name"),
    "email": _l("E-mail address"),
    "phone": _l("Telephone"),
    "address": _l("Address"),
    "emergency": _l("Whom to call in an emergency"),
}
