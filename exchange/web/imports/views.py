"""A file into a cycle: sent, its columns understood, checked as a whole, then taken or not at all.

No transaction is open while a file is read: that takes seconds, and others want to write.
"""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import ApplicationKind
from exchange.domain.roles import Permission
from exchange.errors import Conflict, FileError
from exchange.intake.dialect import RawTable, read_table
from exchange.intake.faults import Sheet
from exchange.intake.mapping import ColumnMap
from exchange.records import Cycle, ImportUpload, Programme
from exchange.services import cycles, import_files, import_maps, uploads
from exchange.services.imports import Prepared
from exchange.web.cycles.forms import ConfirmForm
from exchange.web.guards import permit
from exchange.web.i18n import gettext as _
from exchange.web.imports.forms import MAX_MB, MAX_ROWS, ColumnsForm, UploadForm, columns_form
from exchange.web.imports.words import COLUMNS, file_sentence

blueprint = Blueprint("imports", __name__)

Page = str | Response | tuple[str, int]
FORM_AROUND_FILE = 64 * 1024
MAX_BYTES = MAX_MB * 1_000_000 + FORM_AROUND_FILE
_NAME = "file"
"""How a file is called in facts; its real name may be a person's."""


@blueprint.get("/cycles/<id:cycle_id>/imports/new")
@permit(Permission.MANAGE_CYCLES)
def new(cycle_id: str) -> Page:
    """Choose a file."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
    return _new_page(cycle, UploadForm(formdata=None))


@blueprint.post("/cycles/<id:cycle_id>/imports/new")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True, max_bytes=MAX_BYTES)
def upload(cycle_id: str) -> Page:
    """Take the file, if its form is in order, and guess what its columns are."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
    if request.content_encoding not in (None, "", "identity"):
        # Nothing is unpacked here, so that nothing can swell.
        raise FileError(_("The file was sent compressed. Send it as it is."))
    form = UploadForm()
    if not form.validate() or form.fault_lines():
        return _new_page(cycle, form)
    g.db.rollback()
    content = form.file.data.stream.read(MAX_BYTES)
    try:
        table = _table(content)
    except FileError as refusal:
        form.add_fault("file", file_sentence(refusal))
        status = 413 if refusal.facts.get("reason") == "too_large" else 422
        return _new_page(cycle, form, status)
    kind = ApplicationKind(form.kind.data)
    kept = uploads.keep_upload(
        g.db,
        g.actor,
        cycle=cycle,
        kind=kind,
        content=content,
        table=table,
        mapping=import_files.find_map(
            g.db, programme_id=cycle.programme_id, kind=kind, header=table.header
        ),
        at=g.now,
    )
    g.db.commit()
    return redirect(url_for("imports.columns", upload_id=kept.public_id), 303)


def _table(content: bytes) -> RawTable:
    table = read_table(content, name=_NAME, max_mb=MAX_MB, max_rows=MAX_ROWS)
    if not table.rows:
        raise FileError("The file has no row.", reason="no_rows", line=1)
    return table


@blueprint.get("/imports/<id:upload_id>/columns")
@permit(Permission.MANAGE_CYCLES)
def columns(upload_id: str) -> Page:
    """Show what each column of the file seems to be."""
    found, cycle = uploads.get_upload(g.db, g.actor, upload_id, g.now)
    if found.imported_at is not None:
        return redirect(url_for("imports.show", upload_id=upload_id), 303)
    return _columns_page(cycle, columns_form(found))


@blueprint.post("/imports/<id:upload_id>/columns")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def check(upload_id: str) -> Page:
    """Read the file as the columns are chosen, and find out what an import would do."""
    found, cycle = uploads.get_upload(g.db, g.actor, upload_id, g.now)
    if found.imported_at is not None:
        return redirect(url_for("imports.show", upload_id=upload_id), 303)
    form = columns_form(found)
    if not form.check():
        return _columns_page(cycle, form)
    mapping = form.chosen()
    uploads.change_map(g.db, found, mapping)
    import_maps.keep_map(
        g.db,
        mapping,
        programme_id=cycle.programme_id,
        kind=found.kind,
        header=found.header,
        at=g.now,
    )
    content = uploads.content_of(g.db, found)
    g.db.commit()
    sheet, prepared = _prepared(content, found, cycle, mapping)
    verdict, _faults = import_files.verdict_of(sheet, prepared.outcome)
    found, _cycle = uploads.get_upload(g.db, g.actor, upload_id, g.now)
    uploads.note_verdict(g.db, found, verdict)
    g.db.commit()
    return redirect(url_for("imports.show", upload_id=upload_id), 303)


@blueprint.get("/imports/<id:upload_id>")
@permit(Permission.MANAGE_CYCLES)
def show(upload_id: str) -> Page:
    """Show what an import would do, or has done, or everything that is wrong."""
    found, cycle = uploads.get_upload(g.db, g.actor, upload_id, g.now)
    if found.verdict is None:
        return redirect(url_for("imports.columns", upload_id=upload_id), 303)
    return render_template(
        "imports/show.html",
        upload=found,
        verdict=found.verdict,
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        form=ConfirmForm(),
    )


@blueprint.post("/imports/<id:upload_id>")
@permit(Permission.MANAGE_CYCLES)
def take(upload_id: str) -> Page:
    """Import every row of the file, or none."""
    found, cycle = uploads.get_upload(g.db, g.actor, upload_id, g.now)
    there = redirect(url_for("imports.show", upload_id=upload_id), 303)
    if found.imported_at is not None or found.verdict is None:
        return there
    content, mapping = uploads.content_of(g.db, found), ColumnMap(**found.map)
    sheet, prepared = _prepared(content, found, cycle, mapping)
    found, _cycle = uploads.get_upload(g.db, g.actor, upload_id, g.now)
    verdict, faults = import_files.import_sheet(g.db, g.actor, sheet, prepared)
    if faults:
        # What is stored has changed since the check, and does not go with the file any more.
        g.db.rollback()
        uploads.note_verdict(g.db, found, verdict)
        g.db.commit()
        return there
    try:
        uploads.finish(g.db, found, verdict, g.now)
    except Conflict:
        g.db.rollback()
        return there
    g.db.commit()
    return there


@blueprint.post("/imports/<id:upload_id>/discard")
@permit(Permission.MANAGE_CYCLES)
def discard(upload_id: str) -> Page:
    """Forget the file."""
    found, cycle = uploads.get_upload(g.db, g.actor, upload_id, g.now)
    uploads.discard(g.db, found)
    g.db.commit()
    return redirect(url_for("cycles.show", cycle_id=cycle.public_id), 303)


def _prepared(
    content: bytes, found: ImportUpload, cycle: Cycle, mapping: ColumnMap
) -> tuple[Sheet[Any], Prepared]:
    """Read the file, and what is stored beside it, while everybody else may write."""
    g.read_first()
    sheet = import_files.read_file_rows(
        _table(content), name=_NAME, kind=found.kind, mapping=mapping
    )
    prepared = import_files.prepare_sheet(
        g.db, g.actor, cycle=cycle, kind=found.kind, sheet=sheet, at=g.now
    )
    g.close_db()
    return sheet, prepared


def _new_page(cycle: Cycle, form: UploadForm, status: int | None = None) -> Page:
    body = render_template(
        "imports/new.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        form=form,
    )
    return body, status or form.status()


def _columns_page(cycle: Cycle, form: ColumnsForm) -> Page:
    body = render_template(
        "imports/columns.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        upload=form.upload,
        words=COLUMNS[form.upload.kind],
        form=form,
    )
    return body, form.status()
