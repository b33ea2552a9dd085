"""Guesses what the headers of a file mean, in seven languages; a person corrects the guess."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from exchange.intake.faults import P
from exchange.intake.mapping import ColumnMap
from exchange.intake.reading import Layout

_NO_LETTER = re.compile(r"[\W_]+")


def guess_map(header: Sequence[str], layout: Layout[P]) -> ColumnMap:
    """Return a map of the columns whose headers are known; the others are left out.

    Our own name of a column counts before any word for it, and of several headers for one column
    the first one counts.
    """
    own = {bare(column): column for column in layout.columns}
    words = {**_words(layout.id_column), **own}
    found: dict[str, str] = {}
    for theirs in sorted(header, key=lambda one: bare(one) not in own):
        column = words.get(bare(theirs))
        if column in layout.columns:
            found.setdefault(column, theirs)
    return ColumnMap(columns=found, only=True)


def bare(header: str) -> str:
    """Return a header without what does not count: case, accents, spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", header).casefold()
    letters = unicodedata.normalize("NFKD", folded)
    plain = "".join(one for one in letters if not unicodedata.combining(one))
    # A header of signs alone, such as “№”, is its signs.
    return _NO_LETTER.sub("", plain) or header.strip()


@cache
def _words(id_column: str) -> Mapping[str, str]:
    """Return which column each word stands for, in files of one kind."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    kind = id_column.removesuffix("_id")
    return {
        bare(word): column
        for table in (tables["shared"], tables[kind])
        for column, words in table.items()
        for word in words
    }
