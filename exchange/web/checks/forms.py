"""Forms of many checks: a row each, with what several rows share above them; or a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import g
from wtforms import FormField

from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.services.bulk_checks import Due, Entry, Faults
from exchange.services.checks import LONGEST_ISSUER, LONGEST_REFERENCE, NewCheck
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import PickField, choices_of
from exchange.web.fields import DayField, RowsField, TextField, UploadField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.screening.words import OUTCOMES
from exchange.web.signup.row_forms import RowForm

ROWS_A_PAGE = 20
_FAR = timedelta(days=366 * 20)
_ASKED = ("outcome", "issuer", "reference", "done_on", "expires_on")


def _past() -> tuple[Any, None]:
    return g.now.date() - _FAR, None


def _ahead() -> tuple[None, Any]:
    return None, g.now.date() + _FAR


class CheckRow(RowForm):
    """One check; a row in which nothing was entered is none."""

    subject = TextField("", max_length=100)
    """Whom the row is about, as the page showed it; nobody types here."""
    outcome = PickField(
        _l("Outcome"),
        missing=_l("Say how the check ended"),
        choices=choices_of((one.value, words) for one, (words, _colour) in OUTCOMES.items()),
    )
    issuer = TextField(_l("Who made the check?"), max_length=LONGEST_ISSUER)
    reference = TextField(_l("Number or reference"), max_length=LONGEST_REFERENCE)
    done_on = DayField(_l("Day of the check"), bounds=_past)
    expires_on = DayField(_l("Last day on which it is valid"), bounds=_ahead)

    def is_empty(self) -> bool:
        """Nothing was entered beside whom it is about."""
        return all(self[name].is_empty() for name in _ASKED)


@dataclass(frozen=True)
class Subject:
    """Whom a row is about, in the hidden field and in words."""

    code: str
    words: str
    reference: str


def code_of(due: Due) -> str:
    """Return whom a check is about, such that the row is theirs when people have moved since."""
    member = due.member
    person = f"m{member.id}" if member is not None else str(due.person or "")
    return f"{due.details.application.public_id}:{person}"


class ChecksForm(BaseForm):
    """Checks of one kind, of many."""

    issuer = TextField(
        _l("Who made the checks?"),
        max_length=LONGEST_ISSUER,
        description=_l("For all rows that say nothing else."),
    )
    done_on = DayField(
        _l("Day of the checks"),
        bounds=_past,
        description=_l("For all rows that say nothing else."),
    )
    expires_on = DayField(
        _l("Last day on which they are valid"),
        bounds=_ahead,
        description=_l("For all rows that say nothing else. Leave empty if they do not expire."),
    )
    rows = RowsField(FormField(CheckRow), _l("Check"), shown_rows=0, most=ROWS_A_PAGE)

    def fill(self, due: Sequence[Due]) -> None:
        """Begin with a row for each check that is due."""
        for one in due[:ROWS_A_PAGE]:
            self.rows.append_entry({"subject": code_of(one)})

    def filled(self) -> list[Any]:
        """The rows in which something was entered."""
        return [entry.form for entry in self.rows.entries if not entry.form.is_empty()]

    def check(self) -> bool:
        """Check all rows, with what they share."""
        self.validate()
        rows = self.filled()
        if not rows and not self.fault_lines():
            self.form_errors.append(_("Enter how at least one check ended"))
        for row in rows:
            if not row.issuer.errors and not (row.issuer.data or self.issuer.data):
                row.issuer.errors = [_("Enter who made the check")]
            if not row.done_on.errors and not (row.done_on.data or self.done_on.data):
                row.done_on.errors = [_("Enter the day of the check")]
        return not self.fault_lines()

    def entries(self, kind: CheckKind) -> list[Entry]:
        """What to note, in the order of the filled rows."""
        return [_entry(row, self, kind) for row in self.filled()]

    def add_row_faults(self, faults: Faults) -> None:
        """Attach what the service refused to its rows."""
        rows = self.filled()
        for place, by_field in faults.items():
            for name, sentences in by_field.items():
                field = rows[place][name if name in _ASKED else "outcome"]
                field.errors = [*field.errors, *sentences]


def _entry(row: Any, form: ChecksForm, kind: CheckKind) -> Entry:
    host_id, _colon, person = (row.subject.data or "").partition(":")
    is_member, digits = person.startswith("m"), person.removeprefix("m")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
    check = NewCheck(
        kind=kind,
        outcome=CheckOutcome(row.outcome.data),
        issuer=row.issuer.data or form.issuer.data,
        reference=row.reference.data,
        done_on=row.done_on.data or form.done_on.data,
        expires_on=row.expires_on.data or form.expires_on.data,
        person=None if is_member else number,
    )
    return Entry(host_id, check, number if is_member else None)


class ChecksFileForm(BaseForm):
    """A file of checks."""

    file = UploadField(
        _l("File"),
        missing=_l("Choose a file"),
        description=_l("A CSV file with a header row: at most 1 MB and 2,000 rows."),
        render_kw={"accept": ".csv,text/csv"},
    )
