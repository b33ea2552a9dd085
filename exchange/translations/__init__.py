"""The languages of the service: which there are, their catalogues, and sentences to be translated.

A catalogue is `<language>/LC_MESSAGES/messages.po`, compiled in memory when it is first needed:
nothing has to be built, and what is read is what translators wrote. English is the language of
the code and has none. How to bring catalogues up to date is told in `GLOSSARY.md`.
"""

import gettext
import io
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Self

ENGLISH = "en"
LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "fr": "Français",
    "es": "Español",
    "ar": "العربية",
    "he": "עברית",
    "ru": "Русский",
    "zh_Hans": "简体中文",
}
"""Each language of the service, named in itself."""


class Sentence(str):
    """A sentence of the code in English, which pages and mails show in the reader's language.

    Parameters
    ----------
    template : str
        A constant, so that catalogues can hold it; `%(name)s` where a value goes.
    **values
        What is filled in. Numbers and codes; what people typed is never repeated.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, **values: object) -> Self:
        """Fill in the values; as a string it is the English sentence."""
        made = super().__new__(cls, template % values if values else template)
        made.template, made.values = template, values
        return made

    def __str__(self) -> str:
        # `str(error)` must not lose what the sentence was made of.
        return self


def known_language(tag: str | None) -> str | None:
    """Return the language of the service that a tag such as `zh-Hans` or `fr` means, if any."""
    wanted = (tag or "").replace("-", "_").lower()
    return next((one for one in LANGUAGES if one.lower() == wanted), None)


def best_language(tags: list[str]) -> str:
    """Return the first language of a reader's list that there is, by any of its regions."""
    for tag in tags:
        primary = tag.replace("-", "_").split("_")[0].lower()
        # Hebrew once had another code; readers of any Chinese are better served by ours than by
        # English.
        primary = {"iw": "he", "zh": "zh_Hans"}.get(primary, primary)
        if primary in LANGUAGES:
            return primary
    return ENGLISH


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the translations into a language; for English the sentences of the code."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    # A command in English needs neither of these, and they take a while to load.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    source = files(__name__) / language / "LC_MESSAGES" / "messages.po"
    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translated(sentence: str, language: str) -> str:
    """Write a sentence of the code in a language; one that no catalogue has stays as it is."""
    if not sentence:
        return ""
    if isinstance(sentence, Sentence):
        text = catalogue(language).gettext(sentence.template)
        return text % sentence.values if sentence.values else text
    return catalogue(language).gettext(sentence)
