"""Checks that are due in a cycle: how many of each kind, a table to note many, or a file."""

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.errors import FileError
from exchange.intake.checks import COLUMNS, REQUIRED, CheckLine, read_checks
from exchange.intake.dialect import read_table
from exchange.intake.faults import Fault
from exchange.records import Cycle
from exchange.services import bulk_checks, cycles
from exchange.services.bulk_checks import Due, Entry
from exchange.services.checks import NewCheck
from exchange.web.checks.forms import ROWS_A_PAGE, ChecksFileForm, ChecksForm, code_of
from exchange.web.guards import permit
from exchange.web.i18n import gettext as _
from exchange.web.imports.words import file_sentence
from exchange.web.screening.words import CHECK_KINDS, person_words

blueprint = Blueprint("checks", __name__)

Page = str | Response | tuple[str, int]

ADDRESS = "/cycles/<id:cycle_id>/checks"
MAX_MB = 1
MAX_BYTES = MAX_MB * 1_000_000 + 10_000
MAX_ROWS = 2_000
MOST_LISTED = 100
_NAME = "file"


@blueprint.get(ADDRESS)
@permit(Permission.SCREEN_APPLICATIONS)
def index(cycle_id: str) -> Page:
    """How many checks of each kind are due."""
    return _index_page(_cycle(cycle_id), ChecksFileForm(formdata=None))


@blueprint.post(ADDRESS)
@permit(Permission.SCREEN_APPLICATIONS, shows_form_again=True, max_bytes=MAX_BYTES)
def upload(cycle_id: str) -> Page:
    """Note every check of a file, or none."""
    cycle = _cycle(cycle_id)
    if request.content_encoding not in (None, "", "identity"):
        # Nothing is unpacked here, so that nothing can swell.
        raise FileError(_("The file was sent compressed. Send it as it is."))
    form = ChecksFileForm()
    if not form.validate() or form.fault_lines():
        return _index_page(cycle, form)
    content = form.file.data.stream.read(MAX_BYTES)
    try:
        table = read_table(content, name=_NAME, max_mb=MAX_MB, max_rows=MAX_ROWS)
        lines, faults = read_checks(table, name=_NAME)
    except FileError as refusal:
        form.add_fault("file", file_sentence(refusal))
        return _index_page(cycle, form)
    if not lines and not faults:
        form.add_fault("file", _("The file has no row."))
        return _index_page(cycle, form)
    # Also with faults of its own the rest is held against what is stored, so that all are told.
    nested = g.db.begin_nested()
    entries = [Entry(one.host_id, _new(one)) for one in lines]
    count, beside = bulk_checks.note_checks(g.db, g.actor, cycle, entries, g.now)
    faults += [
        Fault(_NAME, lines[place].line, name, "", sentence)
        for place, by_field in beside.items()
        for name, sentences in by_field.items()
        for sentence in sentences
    ]
    if faults:
        nested.rollback()
        form.add_fault("file", _("The file is not in order. Nothing was noted."))
        return _index_page(cycle, form, sorted(faults))
    g.db.commit()
    return redirect(url_for("checks.index", cycle_id=cycle_id, noted=count), 303)


def _new(line: CheckLine) -> NewCheck:
    return NewCheck(
        kind=line.kind,
        outcome=line.outcome,
        issuer=line.issuer,
        reference=line.reference,
        done_on=line.done_on,
        expires_on=line.expires_on,
        person=line.person,
    )


@blueprint.get(f"{ADDRESS}/<kind>")
@permit(Permission.SCREEN_APPLICATIONS)
def table(cycle_id: str, kind: str) -> Page:
    """A row for each check of a kind that is due."""
    cycle, found = _cycle(cycle_id), _kind(kind)
    due = _due(cycle, found)
    form = ChecksForm(formdata=None)
    form.fill(due)
    return _table_page(cycle, found, form, due)


@blueprint.post(f"{ADDRESS}/<kind>")
@permit(Permission.SCREEN_APPLICATIONS, shows_form_again=True)
def note(cycle_id: str, kind: str) -> Page:
    """Note every row that was filled in, or none; each fault stands at its row."""
    cycle, found = _cycle(cycle_id), _kind(kind)
    form = ChecksForm()
    due = _due(cycle, found)
    if not form.check():
        return _table_page(cycle, found, form, due)
    count, faults = bulk_checks.note_checks(g.db, g.actor, cycle, form.entries(found), g.now)
    if faults:
        form.add_row_faults(faults)
        return _table_page(cycle, found, form, due)
    g.db.commit()
    return redirect(url_for("checks.table", cycle_id=cycle_id, kind=kind, noted=count), 303)


def _cycle(cycle_id: str) -> Cycle:
    found: Cycle = cycles.get_cycle(
        g.db, g.actor, cycle_id, permission=Permission.SCREEN_APPLICATIONS
    )
    return found


def _kind(word: str) -> CheckKind:
    return next((one for one in CheckKind if one.value == word), None) or abort(404)


def _due(cycle: Cycle, kind: CheckKind) -> list[Due]:
    return [one for one in bulk_checks.list_due(g.db, g.actor, cycle, g.now) if one.kind is kind]


def _noted() -> int | None:
    word = request.args.get("noted", "")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 6 else None


def _index_page(cycle: Cycle, form: ChecksFileForm, faults: list[Fault] | None = None) -> Page:
    due = bulk_checks.list_due(g.db, g.actor, cycle, g.now)
    body = render_template(
        "checks/index.html",
        cycle=cycle,
        counts=[(one, CHECK_KINDS[one], n) for one, n in bulk_checks.count_due(due).items()],
        form=form,
        faults=(faults or [])[:MOST_LISTED],
        total=len(faults or []),
        noted=_noted(),
        columns=COLUMNS,
        required=REQUIRED,
        kinds=CheckKind,
        outcomes=CheckOutcome,
    )
    return body, form.status()


def _table_page(cycle: Cycle, kind: CheckKind, form: ChecksForm, due: list[Due]) -> Page:
    known = {code_of(one): one for one in due}
    shown = [known.get(entry.form.subject.data or "") for entry in form.rows.entries]
    body = render_template(
        "checks/table.html",
        cycle=cycle,
        kind=kind,
        title=CHECK_KINDS[kind],
        form=form,
        rows=[
            (entry.form, one, "" if one is None else _person(one))
            for entry, one in zip(form.rows.entries, shown, strict=True)
        ],
        more=max(0, len(due) - ROWS_A_PAGE),
        noted=_noted(),
    )
    return body, form.status()


def _person(due: Due) -> str:
    return "" if due.person is None else person_words(due.person, due.member)
