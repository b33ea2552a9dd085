"""Words of the import: our columns as a coordinator knows them, and what is wrong with a file."""

from exchange.domain.cycle import ApplicationKind
from exchange.errors import FileError
from exchange.web.i18n import format_number, joined
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l

_SHARED = {
    "languages": _l("Languages"),
    "interests": _l("Interests"),
    "field": _l("Field of study"),
    "lifestyle": _l("Quiet or lively"),
    "never": _l("Never with"),
}

COLUMNS = {
    ApplicationKind.STUDENT: {
        "student_id": _l("Id of the student"),
        "nationality": _l("Nationalities"),
        "given_name": _l("Given name"),
        "family_name": _l("Family name"),
        "preferred_name": _l("Should be called"),
        "email": _l("E-mail address"),
        "birth_date": _l("Date of birth"),
        "age": _l("Age"),
        "gender": _l("Gender"),
        "home_city": _l("Home town"),
        "school": _l("School"),
        "arrive_on": _l("Arrives"),
        "depart_on": _l("Leaves"),
        "needs": _l("Needs"),
        "wishes": _l("Wishes"),
        "host_gender": _l("Only homes of"),
        "ranked_hosts": _l("Hosts, best first"),
        "keep_with": _l("Together with"),
        "keep_apart": _l("Apart from"),
        "partner": _l("Sending organisation"),
        "waiting_since": _l("Waiting since"),
        "guardian_name": _l("Guardian"),
        "guardian_email": _l("Guardian’s e-mail address"),
        "emergency_contact": _l("Emergency contact"),
        "letter": _l("Letter"),
        **_SHARED,
    },
    ApplicationKind.HOST: {
        "host_id": _l("Id of the host"),
        "nation": _l("Nation"),
        "capacity": _l("Places"),
        "kind": _l("Household or institution"),
        "name": _l("Name"),
        "email": _l("E-mail address"),
        "phone": _l("Phone number"),
        "address": _l("Address"),
        "city": _l("Town or city"),
        "available_from": _l("First day"),
        "available_to": _l("Last day"),
        "offers": _l("The home"),
        "household": _l("Adults and children"),
        "household_genders": _l("Genders at home"),
        "genders_accepted": _l("Welcomes"),
        "min_age": _l("Youngest guest"),
        "max_age": _l("Oldest guest"),
        "group": _l("Area"),
        "about": _l("About the home"),
        **_SHARED,
    },
}
"""Our columns, those that a file has to have first."""

_NOT_UTF8 = _l(
    "The file is not in UTF-8: see line %(line)s, byte %(byte)s. "
    "Save it as “CSV UTF-8”, and letters such as é or Я stay what they are."
)
_FILE = {
    "too_large": _l("The file is larger than %(limit)s MB. Split it."),
    "too_many_rows": _l(
        "The file has more than %(limit)s rows; the first too many is on line %(line)s. Split it."
    ),
    "too_many_columns": _l(
        "The file has more than %(limit)s columns. Leave out those that nobody needs."
    ),
    "empty": _l("The file is empty. It needs a header row and the rows below it."),
    "no_rows": _l("The file has a header on line 1 and no row below it."),
    "binary": _l("This is no CSV file. If it is a workbook, save it as “CSV UTF-8” first."),
    "compressed": _l("The file was sent compressed. Send it as it is."),
    "utf16": _NOT_UTF8,
    "not_utf8": _NOT_UTF8,
    "nul": _l(
        "The file holds a character on line %(line)s that is no text. Save it as “CSV UTF-8” again."
    ),
    "quoting": _l(
        "The row that begins on line %(line)s is badly quoted: "
        "every quote that opens a cell has to close it."
    ),
    "long_cell": _l(
        "The row that begins on line %(line)s has a cell of more than %(limit)s characters, "
        "or a quote that is not closed."
    ),
    "header_repeated": _l(
        "These headers stand on line 1 more than once: %(columns)s. Give each column its own."
    ),
    "missing_columns": _l("The file lacks a column: %(columns)s. Add it, or choose another."),
}


def file_sentence(error: FileError) -> str:
    """Say in the reader's language why a whole file is refused."""
    facts = dict(error.facts)
    limit = facts.get("limit", "")
    columns = facts.get("repeated") or facts.get("missing") or ()
    words = _FILE.get(str(facts.get("reason")))
    if words is None:
        return _(error.message)
    return str(words) % {
        "line": facts.get("line", 1),
        "byte": facts.get("byte", 0),
        "limit": format_number(limit) if isinstance(limit, int) else limit,
        "columns": joined(columns) if isinstance(columns, list | tuple) else "",
    }
