"""The catalogues: every sentence of the code, in every language. Run after changing a sentence:

    python -m tests.catalogues update             take new sentences in, drop those that are gone
    python -m tests.catalogues missing fr         list what has no translation, as JSON
    python -m tests.catalogues merge fr FILE      take translations from such a file

A file maps each English sentence to its translation, or to the list of its plural forms.
"""

import argparse
import ast
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jinja2.ext
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from exchange import errors
from exchange.domain import consent, findings, placement_consents
from exchange.notices.texts import _TEXTS
from exchange.translations import ENGLISH, LANGUAGES
from exchange.web.handbook import contents, pages

PACKAGE = Path(errors.__file__).parent
OTHERS = tuple(language for language in LANGUAGES if language != ENGLISH)

PLURAL_FORMS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3"
    " : n%100>=11 ? 4 : 5);",
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "he": "nplurals=2; plural=(n != 1);",
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4"
    " && (n%100<10 || n%100>=20) ? 1 : 2);",
    "zh_Hans": "nplurals=1; plural=0;",
}

REFUSALS = frozenset(
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ExchangeError)
)
"""Whatever a refusal says first is shown on a page."""
ANYWHERE = REFUSALS | {"Sentence"}
OF_PAGES = ANYWHERE | {"_", "_l", "gettext", "lazy_gettext", "ngettext"}
OF_FILES = ANYWHERE | {"ValueError", "Disagreement"}
LAYERS = {
    "app.py": OF_PAGES,
    "web": OF_PAGES,
    "intake": OF_FILES,
    "domain": ANYWHERE,
    "services": ANYWHERE,
    "exports": frozenset({"Sentence"}),
}
"""Where sentences for readers stand, and the calls that hold them. Commands speak English."""


@dataclass(frozen=True)
class Found:
    """A sentence of the code: one form, or the English singular and plural."""

    forms: tuple[str, ...]
    path: str


def sentences() -> Iterator[Found]:
    """Yield every sentence that a reader can meet, in the order of the files."""
    for part, calls in LAYERS.items():
        place = PACKAGE / part
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            name = path.relative_to(PACKAGE).as_posix()
            for forms in _in_python(path.read_text(encoding="utf-8"), calls):
                yield Found(forms, name)
    for text, name in _kept_as_data():
        yield Found((text,), name)
    for slug in contents.slugs():
        page = pages.read(slug)
        for text in (page.title, *(heading for heading, _said in page.sections if heading)):
            yield Found((text,), f"handbook/{slug}.md")
    for path in sorted((PACKAGE / "templates").rglob("*.html")):
        name = path.relative_to(PACKAGE).as_posix()
        for forms in _in_template(path):
            yield Found(forms, name)


def _kept_as_data() -> Iterator[tuple[str, str]]:
    """Yield the sentences that stand in tables instead of calls, and the file of each."""
    for texts in _TEXTS.values():
        yield from ((text, "notices/texts.py") for text in texts)
    yield from ((text, "domain/findings.py") for text in findings.SENTENCES.values())
    yield from ((text, "domain/consent.py") for text in consent.NEEDED)
    for asked in consent.TEXTS.values():
        yield from ((text, "domain/consent.py") for text in (asked.title, asked.text))
    for pair in placement_consents.PAIR_TEXTS.values():
        yield from ((text, "domain/placement_consents.py") for text in (pair.title, pair.text))


def _in_python(source: str, calls: frozenset[str] | set[str]) -> Iterator[tuple[str, ...]]:
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for node in sorted(found, key=lambda call: (call.lineno, call.col_offset)):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in calls:
            continue
        count = 2 if name == "ngettext" else 1
        constants = [a.value for a in node.args[:count] if isinstance(a, ast.Constant)]
        forms = tuple(one for one in constants if isinstance(one, str) and one)
        if len(forms) == count:
            yield forms


def _in_template(path: Path) -> Iterator[tuple[str, ...]]:
    options = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    with path.open("rb") as file:
        for found in jinja2.ext.babel_extract(file, ("_", "gettext", "ngettext"), (), options):
            _line, name, message, _comments = found
            parts = message if isinstance(message, tuple) else (message,)
            count = 2 if name == "ngettext" else 1
            forms = tuple(part for part in parts if part)[:count]
            if len(forms) == count:
                yield forms


def path_of(language: str) -> Path:
    """Where a catalogue is kept."""
    return PACKAGE / "translations" / language / "LC_MESSAGES" / "messages.po"


def read_catalogue(language: str) -> Catalog:
    """Read a catalogue; an empty one where there is none yet."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> tuple[int, int]:
    """Take in new sentences and drop those that are gone; return how many came and went."""
    old = read_catalogue(language)
    fresh = Catalog(locale=language)
    for found in sentences():
        key = found.forms if len(found.forms) > 1 else found.forms[0]
        known = old.get(found.forms[0])
        kept = known.string if known is not None and isinstance(known.id, type(key)) else ""
        fresh.add(key, kept or "", locations=[(found.path, 0)])
    gone = {_first(m) for m in old if m.id} - {_first(m) for m in fresh if m.id}
    came = {_first(m) for m in fresh if m.id} - {_first(m) for m in old if m.id}
    _write(language, fresh)
    return len(came), len(gone)


def _write(language: str, catalogue: Catalog) -> None:
    # Without dates and line numbers a catalogue changes only where a sentence does.
    body = io.BytesIO()
    for message in catalogue:
        message.locations = sorted({(path, 0) for path, _line in message.locations})
    write_po(body, catalogue, omit_header=True, include_lineno=False, width=100)
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {PLURAL_FORMS[language]}\\n"\n\n'
    )
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + body.getvalue().decode("utf-8").strip("\n") + "\n", encoding="utf-8")


def missing(language: str) -> dict[str, str | list[str]]:
    """Map each sentence without translation to an empty one, ready to be filled in."""
    return {
        _first(message): [""] * plural_count(language) if message.pluralizable else ""
        for message in read_catalogue(language)
        if message.id and not is_complete(message, language)
    }


def merge(language: str, given: dict[str, str | list[str]]) -> list[str]:
    """Take translations; return the sentences that the code does not have."""
    catalogue = read_catalogue(language)
    unknown = []
    for sentence, translation in given.items():
        message = catalogue.get(sentence)
        if message is None:
            unknown.append(sentence)
        else:
            message.string = tuple(translation) if isinstance(translation, list) else translation
    _write(language, catalogue)
    return unknown


def plural_count(language: str) -> int:
    """How many plural forms a language has."""
    return int(PLURAL_FORMS[language].split(";")[0].removeprefix("nplurals="))


def is_complete(message: Message, language: str) -> bool:
    """Whether every form is translated."""
    if not message.pluralizable:
        return bool(message.string)
    return len(message.string) == plural_count(language) and all(message.string)


def _first(message: Message) -> str:
    return str(message.id[0] if message.pluralizable else message.id)


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("verb", choices=("update", "missing", "merge"))
    parser.add_argument("language", nargs="?", choices=OTHERS)
    parser.add_argument("file", nargs="?", type=Path)
    asked = parser.parse_args()
    if asked.verb == "update":
        for language in OTHERS:
            came, gone = update(language)
            print(f"{language}: {came} new, {gone} gone, {len(missing(language))} to translate")
    elif asked.verb == "missing" and asked.language:
        json.dump(missing(asked.language), sys.stdout, ensure_ascii=False, indent=1)
        print()
    elif asked.verb == "merge" and asked.language and asked.file:
        given = json.loads(asked.file.read_text(encoding="utf-8"))
        for sentence in merge(asked.language, given):
            print(f"not in the code: {sentence!r}", file=sys.stderr)
    else:
        parser.error("name a language, and for `merge` a file")


if __name__ == "__main__":
    main()
