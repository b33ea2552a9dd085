"""The catalogues: whole in every language, and made of the sentences that the code has."""

import ast
import re
from collections import Counter

import pytest
from babel.messages.catalog import Message

from exchange.translations import LANGUAGES, Sentence, best_language, catalogue, translated
from tests import catalogues
from tests.catalogues import OTHERS, PACKAGE

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")
CODES = re.compile(r"`[^`]+`|\b\w+_\w+\b|--\w+")
"""What people type or files hold; it is the same in every language."""

PROBE = {"ar": (0, 1, 2, 3, 11, 100), "ru": (1, 2, 5), "zh_Hans": (1,)}
"""A number for each plural form of a language."""


def _messages(language: str) -> list[Message]:
    return [message for message in catalogues.read_catalogue(language) if message.id]


def _pairs(message: Message) -> list[tuple[str, str]]:
    """(English, translation) of each form, where both hold the same placeholders."""
    if not message.pluralizable:
        return [(str(message.id), str(message.string))]
    return [(str(message.id[1]), str(one)) for one in message.string]


def test_code_has_the_sentences_that_we_know_it_has() -> None:
    found = {one.forms[0] for one in catalogues.sentences()}
    assert "Sign in" in found
    assert "There is nothing at this address." in found
    assert "Use %(most)d characters or fewer" in found
    assert "The highest age is below the lowest age" in found
    assert "There is news about your application" in found
    assert len(found) > 600


@pytest.mark.parametrize("language", OTHERS)
def test_catalogue_holds_exactly_the_sentences_of_the_code(language: str) -> None:
    of_code = {one.forms for one in catalogues.sentences()}
    kept = {m.id if m.pluralizable else (m.id,) for m in _messages(language)}
    assert of_code - kept == set(), "run `python -m tests.catalogues update`, then translate"
    assert kept - of_code == set()
    assert not catalogues.read_catalogue(language).obsolete


@pytest.mark.parametrize("language", OTHERS)
def test_catalogue_is_translated_in_every_form(language: str) -> None:
    messages = _messages(language)
    incomplete = [m.id for m in messages if not catalogues.is_complete(m, language)]
    assert incomplete == []
    assert [m.id for m in messages if m.fuzzy] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translation_has_the_placeholders_of_its_sentence(language: str) -> None:
    wrong = []
    for message in _messages(language):
        for english, translation in _pairs(message):
            wanted = Counter(PLACEHOLDER.findall(english))
            found = Counter(PLACEHOLDER.findall(translation))
            # A form for exactly one or two may say the number in words.
            if message.pluralizable:
                wanted.pop("%(num)d", None)
                found.pop("%(num)d", None)
            if found != wanted or translation.count("%") != _percents(translation, english):
                wrong.append((english, translation))
    assert wrong == []


def _percents(translation: str, english: str) -> int:
    """How many percent signs may stand: those of placeholders, and the bare ones of English."""
    held = sum(one.count("%") for one in PLACEHOLDER.findall(translation))
    bare = english.count("%") - sum(one.count("%") for one in PLACEHOLDER.findall(english))
    return held + bare


@pytest.mark.parametrize("language", OTHERS)
def test_translation_keeps_what_has_to_be_typed_as_it_is(language: str) -> None:
    for message in _messages(language):
        for english, translation in _pairs(message):
            codes = set(CODES.findall(PLACEHOLDER.sub("", english)))
            assert {code for code in codes if code not in translation} == set(), message.id


@pytest.mark.parametrize("language", OTHERS)
def test_translation_ends_like_its_sentence(language: str) -> None:
    ends = {".": ".。؟:", "?": "?؟？", ":": ":：", "\n": "\n"}
    for message in _messages(language):
        for english, translation in _pairs(message):
            if english[-1] in ends:
                assert translation.rstrip(" \u00a0\u202f»")[-1:] in ends[english[-1]] or (
                    english[-1] == "\n" and translation.endswith("\n")
                ), (message.id, translation)


@pytest.mark.parametrize("language", ["fr"])
def test_french_keeps_signs_with_their_words(language: str) -> None:
    for message in _messages(language):
        for _english, translation in _pairs(message):
            loose = re.findall(r"(?<=\w) ?[?!;:](?= |$)|« | »", translation)
            loose = [one for one in loose if not one.startswith(("\u00a0", "\u202f"))]
            assert loose == [], translation


def test_chinese_uses_its_own_signs() -> None:
    for message in _messages("zh_Hans"):
        for _english, translation in _pairs(message):
            assert not re.search(r"[\u4e00-\u9fff][,.?!;:]( |$)", translation), translation


@pytest.mark.parametrize("language", OTHERS)
def test_every_plural_form_can_be_reached(language: str) -> None:
    numbers = PROBE.get(language, (1, 2))
    forms = catalogue(language)
    one, many = "%(num)d application", "%(num)d applications"
    reached = {forms.ngettext(one, many, number) for number in numbers}
    assert len(reached) == catalogues.plural_count(language)


def test_no_refusal_is_glued_together_from_data() -> None:
    """A sentence that is made up at run time has no translation."""
    glued = []
    for layer in ("services", "web"):
        for path in sorted((PACKAGE / layer).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if _is_glued(node):
                    glued.append(f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}")
    assert glued == []


def _is_glued(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not node.args:
        return False
    name = getattr(node.func, "id", "")
    shown = name in catalogues.REFUSALS | {"Sentence"}
    if not shown or not isinstance(node.args[0], ast.JoinedStr):
        return False
    # The fields say it all where there are some, and the `reason` of a file that cannot be read;
    # the rest is for operators at a terminal.
    return name not in ("InvalidInput", "FileError", "ConfigurationError")


def test_sentence_is_english_until_it_is_translated() -> None:
    sentence = Sentence("Use %(most)d characters or fewer", most=7)
    assert sentence == "Use 7 characters or fewer"
    assert str(ValueError(sentence)) == sentence
    assert translated(str(ValueError(sentence)), "fr") == translated(sentence, "fr") != sentence
    assert "7" in translated(sentence, "fr")
    assert translated("", "fr") == ""
    assert translated("in no catalogue", "fr") == "in no catalogue"


@pytest.mark.parametrize(
    ("tags", "language"),
    [
        (["de", "fr-CA"], "fr"),
        (["zh-TW", "en"], "zh_Hans"),
        (["iw"], "he"),
        (["AR-eg"], "ar"),
        (["de"], "en"),
        ([], "en"),
    ],
)
def test_best_language_heeds_the_order_and_no_region(tags: list[str], language: str) -> None:
    assert best_language(tags) == language


def test_merge_takes_translations_and_names_what_it_does_not_know(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path_factory.mktemp("fr") / "messages.po"
    monkeypatch.setattr(catalogues, "path_of", lambda _language: path)
    came, gone = catalogues.update("fr")
    assert came > 600 and gone == 0
    lacking = catalogues.missing("fr")
    assert len(lacking) == came and lacking["Sign in"] == ""
    assert lacking["%(num)d student"] == ["", ""]
    given = {"Sign in": "Entrer", "%(num)d student": ["un", "des"], "Nowhere": "Nulle part"}
    assert catalogues.merge("fr", given) == ["Nowhere"]
    assert len(catalogues.missing("fr")) == came - 2
    assert catalogues.update("fr") == (0, 0)
    assert catalogues.read_catalogue("fr").get("Sign in").string == "Entrer"


def test_every_language_is_named_in_itself() -> None:
    assert list(LANGUAGES.values())[-1] == "简体中文"
    assert len(LANGUAGES) == 7
