"""Which page of a list an address asks for."""

from flask import request


def page_number() -> int:
    """Return the number after `?page=`; the first page where that is no number."""
    word = request.args.get("page", "1")
    return max(1, int(word)) if word.isascii() and word.isdigit() and len(word) < 6 else 1
