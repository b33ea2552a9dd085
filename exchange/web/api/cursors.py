"""Where a list goes on: an opaque text that names the last thing shown, not a page number.

Whatever is added meanwhile moves nothing, so a walk shows once what stays as it is. Something that
is committed late may have a smaller row id than what was shown already: the next walk shows it.
"""

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from exchange.web.api.problems import Fault

Place = list[int | str]
LONGEST = 300


def write_cursor(of: str, place: Place) -> str:
    """Return the text for a place in a list; `of` names the list, so that no other takes it."""
    return str(_serializer(of).dumps(place))


def read_cursor(of: str, text: str | None) -> tuple[Place | None, list[Fault]]:
    """Return the place that a text names, or what is wrong with it."""
    if text is None:
        return None, []
    try:
        return _serializer(of).loads(text), []
    except BadSignature:
        return None, [Fault("Use a cursor that this list has given.", parameter="cursor")]


def _serializer(of: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"api-cursor:{of}")
