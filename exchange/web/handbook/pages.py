"""A page of the handbook, from Markdown to HTML.

A page is one `# title`, which names a task, then sections under `## headings`. Three things in it
mean more than they do elsewhere:

- **Bold words** are words of the application, letter for letter: of a button, a link, a state. They
  are shown in the reader's language, as the application shows them.
- A link to a bare name, `[title](start-a-run)`, is a page of the handbook; `/privacy` one of ours.
- A section "See also" is a list of such links, shown with translated titles.

No HTML passes through: what stands in a file as `<b>` is shown as these characters.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise

from flask import request, url_for
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from exchange.web.i18n import current_language, gettext, page_direction, page_language

SEE_ALSO = "See also"
PICTURES = "pictures/"
KEPT_RENDERED = 512
"""More than all pages in all languages."""

_OF_WORDS = frozenset({"text", "softbreak"})
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Source:
    """A page as it was written: title, and each section with its heading and what it says."""

    title: str
    sections: tuple[tuple[str, Sequence[Token]], ...]

    @property
    def neighbours(self) -> tuple[str, ...]:
        """The pages that the reader may want next."""
        said = [tokens for heading, tokens in self.sections if heading == SEE_ALSO]
        links = inline(said[0], "link_open") if said else ()
        return tuple(str(link.attrGet("href")) for link in links)


@dataclass(frozen=True)
class Section:
    """A part of a page, ready to be shown; the heading is still English."""

    heading: str
    anchor: str
    body: Markup


def folder() -> Traversable:
    """Where the pages and their pictures are."""
    return files("exchange") / "handbook"


@cache
def read(slug: str) -> Source:
    """Read a page that is in the index."""
    tokens = parse((folder() / f"{slug}.md").read_text(encoding="utf-8"))
    title, parts = "", [("", [])]  # type: tuple[str, list[tuple[str, list[Token]]]]
    at = 0
    while at < len(tokens):
        if tokens[at].type == "heading_open" and tokens[at].tag in ("h1", "h2"):
            words = tokens[at + 1].content
            if tokens[at].tag == "h1":
                title = words
            else:
                parts.append((words, []))
            at += 3
        else:
            parts[-1][1].append(tokens[at])
            at += 1
    return Source(title, tuple((heading, said) for heading, said in parts if heading or said))


def parse(text: str) -> list[Token]:
    """Read Markdown; a line that ends within bold words ends there as a space does."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        joined: list[Token] = []
        for one in token.children or ():
            if len(joined) > 1 and joined[-2].type == "strong_open" and one.type in _OF_WORDS:
                joined[-1].content += one.content or " "
            else:
                joined.append(one)
        if token.children:
            token.children = joined
    return tokens


def inline(tokens: Sequence[Token], kind: str) -> Iterator[Token]:
    """Yield the tokens of one kind, wherever they stand in a line."""
    for token in tokens:
        yield from (one for one in token.children or () if one.type == kind)


def quoted(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """Yield (tag, text) of what stands in bold: words of the application."""
    for token in tokens:
        for tag, said in pairwise(token.children or ()):
            if tag.type == "strong_open":
                yield tag, said


def sections(slug: str) -> tuple[Section, ...]:
    """The parts of a page as the reader sees them, but for "See also"."""
    return _rendered(slug, current_language(), request.script_root)


@lru_cache(maxsize=KEPT_RENDERED)
def _rendered(slug: str, language: str, root: str) -> tuple[Section, ...]:
    """Render a page; what it depends on is named, so that it is done once."""
    del language, root  # They only tell one rendering from another.
    found = []
    for heading, tokens in read(slug).sections:
        if heading != SEE_ALSO:
            # A rendering writes into its tokens, and the source is kept.
            found.append(Section(heading, anchor(heading), _html(deepcopy(tokens))))
    return tuple(found)


def anchor(heading: str) -> str:
    """The id of a heading, the same in every language."""
    return "-".join(re.findall(r"[a-z0-9]+", heading.lower()))


def _html(tokens: Sequence[Token]) -> Markup:
    for link in inline(tokens, "link_open"):
        link.attrSet("href", _address(str(link.attrGet("href"))))
    for picture in inline(tokens, "image"):
        name = str(picture.attrGet("src")).removeprefix(PICTURES)
        picture.attrSet("src", url_for("handbook.picture", name=name, v=_digest(name)))
    for tag, said in quoted(tokens):
        said.content = gettext(said.content)
        tag.attrSet("lang", page_language())
        tag.attrSet("dir", page_direction())
    # Safe: the renderer escapes texts and attributes, and takes no HTML.
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704


def _address(target: str) -> str:
    if target.startswith("/"):
        return request.script_root + target
    slug, _, part = target.partition("#")
    return url_for("handbook.show", slug=slug, _anchor=part or None)


@cache
def _digest(name: str) -> str:
    """What changes when a picture does, so that browsers may keep it."""
    picture = folder() / PICTURES / name
    return hashlib.sha256(picture.read_bytes()).hexdigest()[:12] if picture.is_file() else ""
