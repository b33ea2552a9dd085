"""Words of incidents."""

from exchange.domain.incident import EntryKind, IncidentOutcome, IncidentState, Reporter
from exchange.web.i18n import lazy_gettext as _l

STATES = {
    IncidentState.REPORTED: (_l("Nobody has looked yet"), "danger"),
    IncidentState.ACKNOWLEDGED: (_l("Seen, not decided"), "warm"),
    IncidentState.DECIDED: (_l("Decided"), "good"),
}
REPORTERS = {
    Reporter.STUDENT: _l("A student"),
    Reporter.GUARDIAN: _l("A parent or guardian"),
    Reporter.HOST: _l("A host"),
    Reporter.STAFF: _l("Somebody of the staff, for a participant"),
}
OUTCOMES = {
    IncidentOutcome.NO_ACTION: _l("Nothing has to be done"),
    IncidentOutcome.WATCHED: _l("It is watched"),
    IncidentOutcome.RELOCATION: _l("The student lives elsewhere from now on: the office is asked"),
    IncidentOutcome.AUTHORITY: _l("Police or another authority was told"),
}
ENTRIES = {
    EntryKind.REPORTED: _l("Help was asked for"),
    EntryKind.ACKNOWLEDGED: _l("Seen"),
    EntryKind.NOTE: _l("Note"),
    EntryKind.NAMED: _l("Somebody of the staff was named"),
    EntryKind.GUARDIAN_NAMED: _l("It concerns a parent or guardian"),
    EntryKind.DECIDED: _l("Decided"),
    EntryKind.ERASURE_ASKED: _l("Somebody wishes to be erased"),
    EntryKind.ERASURE_REFUSED: _l("Erasure has to wait"),
    EntryKind.ERASURE_ALLOWED: _l("Erasure was allowed"),
}
