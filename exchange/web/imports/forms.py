"""Forms of the import: which file, and which of its columns is what."""

from collections import Counter
from typing import Any

from markupsafe import Markup

from exchange.domain.cycle import ApplicationKind
from exchange.intake.mapping import ColumnMap
from exchange.records import ImportUpload
from exchange.services.import_files import layout_of
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, PickField, choices_of
from exchange.web.fields import UploadField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.imports.words import COLUMNS

MAX_MB = 5
MAX_ROWS = 50_000
LONGEST_LABEL = 150


class UploadForm(BaseForm):
    """A file, and who is in it."""

    kind = OneOfField(
        _l("Who is in the file?"),
        missing=_l("Choose who is in the file"),
        choices=choices_of(
            (
                (ApplicationKind.STUDENT.value, _l("Students")),
                (ApplicationKind.HOST.value, _l("Hosts")),
            )
        ),
    )
    file = UploadField(
        _l("File"),
        missing=_l("Choose a file"),
        description=_l(
            "A CSV file with a header row: at most 5 MB, 50,000 rows and 200 columns. "
            "In a spreadsheet, save as “CSV UTF-8”."
        ),
        render_kw={"accept": ".csv,text/csv"},
    )


class ColumnsForm(BaseForm):
    """One question for each column of a file; see `columns_form`."""

    upload: ImportUpload

    def columns(self) -> list[Any]:
        """The fields, in the order of the file."""
        return [self[f"column_{place}"] for place in range(len(self.upload.header))]

    def chosen(self) -> ColumnMap:
        """The map that was chosen; what an earlier map says about values stays."""
        before = ColumnMap(**self.upload.map)
        columns = {
            one.data: theirs
            for one, theirs in zip(self.columns(), self.upload.header, strict=True)
            if one.data
        }
        return ColumnMap(
            columns=columns,
            values=before.values,
            defaults=before.defaults,
            id_from_line=before.id_from_line,
            only=True,
        )

    def check(self) -> bool:
        """Find what no single question can: two columns for one thing, and none for a needed one.

        Everything is told at once.
        """
        self.validate()
        words = COLUMNS[self.upload.kind]
        times = Counter(one.data for one in self.columns() if one.data)
        for one in self.columns():
            if one.data and times[one.data] > 1:
                sentence = _(
                    "Several columns are chosen as “%(column)s”. Keep one of them.",
                    column=words[one.data],
                )
                one.errors = [*one.errors, sentence]
        layout, mapping = layout_of(self.upload.kind), self.chosen()
        given = {*times, *mapping.defaults}
        if mapping.id_from_line:
            given.add(layout.id_column)
        for column in layout.required:
            if column not in given:
                sentence = _("Choose which column is “%(column)s”.", column=words[column])
                self.form_errors.append(sentence)
        return not self.fault_lines()


def columns_form(upload: ImportUpload) -> ColumnsForm:
    """Make the form for the columns of a file, with what they seem to mean chosen already."""
    choices = choices_of(COLUMNS[upload.kind].items())
    fields = {
        f"column_{place}": PickField(
            _label(header, place),
            nothing=_l("Leave it out"),
            description=_samples(samples),
            choices=choices,
        )
        for place, (header, samples) in enumerate(zip(upload.header, upload.samples, strict=True))
    }
    form_class = type("ColumnsOfFileForm", (ColumnsForm,), {**fields, "upload": upload})
    form: ColumnsForm = form_class(data=_guessed(upload))
    return form


def _guessed(upload: ImportUpload) -> dict[str, str]:
    mapping = ColumnMap(**upload.map)
    ours = {theirs: column for column, theirs in mapping.columns.items()}
    # A map that is not exact leaves our own names to themselves, unless it gives them away.
    own = set() if mapping.only else layout_of(upload.kind).columns - mapping.columns.keys()
    return {
        f"column_{place}": ours.get(header, header if header in own else "")
        for place, header in enumerate(upload.header)
    }


def _label(header: str, place: int) -> Any:
    if not header:
        return _("Column %(number)d, which has no header", number=place + 1)
    shown = header if len(header) <= LONGEST_LABEL else f"{header[:LONGEST_LABEL]}…"
    return Markup("<bdi>{}</bdi>").format(shown)


def _samples(samples: list[str]) -> Any:
    if not samples:
        return _("This column is empty.")
    shown = Markup(" · ").join(Markup("<bdi>{}</bdi>").format(one) for one in samples)
    return Markup("{}").format(_("For example:")) + " " + shown
