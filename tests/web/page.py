"""A fetched page as a tree, with the checks that every page has to pass."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
SELF_CLOSING_SVG = frozenset("path circle rect line use stop polygon polyline ellipse".split())
LABELLED = frozenset({"input", "select", "textarea"})


@dataclass
class Element:
    """A tag with what it holds."""

    tag: str
    attrs: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    def text(self) -> str:
        """All text inside, with single spaces."""
        parts = [c if isinstance(c, str) else c.text() for c in self.children]
        return " ".join(" ".join(parts).split())

    def walk(self) -> Iterator["Element"]:
        """This element and all inside, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str, **attrs: str) -> list["Element"]:
        """Every element of a tag with these attributes."""
        return [
            e
            for e in self.walk()
            if e.tag == tag and all(e.attrs.get(k.rstrip("_")) == v for k, v in attrs.items())
        ]

    def by_id(self, name: str) -> "Element | None":
        """The element of that id."""
        return next((e for e in self.walk() if e.attrs.get("id") == name), None)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self.open = [self.root]
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _value in attrs]
        self.faults += [f"<{tag}> has {n} twice" for n, c in Counter(names).items() if c > 1]
        made = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1].tag == tag:
            self.open.pop()
        else:
            self.faults.append(f"</{tag}> closes <{self.open[-1].tag}>")

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Element:
    """Read a page; raises AssertionError when its tags do not fit each other."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader.faults, reader.faults
    assert len(reader.open) == 1, [e.tag for e in reader.open]
    return reader.root


def check(page: Element) -> None:
    """Raise AssertionError when a page breaks one of the rules of every page."""
    headings = page.all("h1")
    assert len(headings) == 1, f"{len(headings)} h1"
    heading = headings[0].text()
    title = page.all("title")[0].text()
    # Between an element and the sign after it there is no space, which `text` cannot know.
    told, headed = "".join(title.split()), "".join(heading.split())
    assert headed and told.startswith(headed), (heading, title)
    ids = Counter(e.attrs["id"] for e in page.walk() if "id" in e.attrs)
    assert not [name for name, count in ids.items() if count > 1], ids.most_common(3)
    html = page.all("html")[0]
    assert html.attrs["lang"] and html.attrs["dir"] in ("ltr", "rtl")
    _check_controls(page, ids)
    for element in page.walk():
        assert "style" not in element.attrs and element.tag != "style", element
        assert not [a for a in element.attrs if a.startswith("on")], element
        if element.tag == "script":
            assert element.attrs.get("src", "").startswith("/static/"), element
        if element.tag == "img":
            assert "alt" in element.attrs, element
        for name in ("href", "src", "action"):
            value = element.attrs.get(name, "")
            assert value.startswith(("/", "#", "mailto:", "tel:", "otpauth:", "?")) or not value, (
                element.tag,
                value,
            )


def _check_controls(page: Element, ids: Counter[str]) -> None:
    labels = {label.attrs.get("for") for label in page.all("label")}
    for label in labels:
        assert label in ids, f"label for {label}"
    for element in page.walk():
        for name in ("aria-describedby", "aria-labelledby"):
            for target in element.attrs.get(name, "").split():
                assert target in ids, f"{name} names {target}"
        hidden = element.attrs.get("type") in ("hidden", "submit")
        if element.tag in LABELLED and not hidden:
            assert element.attrs.get("id") in labels or "aria-label" in element.attrs, element
        if element.tag == "a" and element.attrs.get("href", "").startswith("#"):
            assert element.attrs["href"][1:] in ids, element.attrs["href"]
        if element.tag == "form" and element.attrs.get("method", "get").lower() == "post":
            assert element.all("input", name="csrf_token"), "a form without token"
