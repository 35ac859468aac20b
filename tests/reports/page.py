"""A page as its parser sees it: well-formed or refused, ids, links, chips, marks."""

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img", "hr"}
Attributes = dict[str, str]


class Page(HTMLParser):
    """Parse a page and keep what tests ask for.

    Raises:
        AssertionError: an end tag that closes nothing, or an element left open.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.elements: list[tuple[str, Attributes]] = []
        self.words: list[str] = []  # text outside scripts and styles
        self.raw: dict[str, str] = {}  # of script and style
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice on {tag}"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1] == tag, f"</{tag}> closes {self._open[-1]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside in {"script", "style"}:
            self.raw[inside] = self.raw.get(inside, "") + data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def all(self, tag: str) -> list[Attributes]:
        return [attributes for name, attributes in self.elements if name == tag]

    def with_class(self, *classes: str) -> list[Attributes]:
        """Attributes of all elements that have every one of these classes."""
        return [
            attributes
            for _, attributes in self.elements
            if set(classes) <= set(attributes.get("class", "").split())
        ]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    @property
    def references(self) -> set[str]:
        """All ids that links, labels and descriptions on the page point to."""
        found = {item["href"][1:] for item in self.all("a") if item["href"].startswith("#")}
        for _, attributes in self.elements:
            found |= set(attributes.get("aria-labelledby", "").split())
        return found

    @property
    def outward(self) -> list[str]:
        """Everything that a browser could go to or fetch."""
        keys = ("href", "src", "action", "data", "srcset", "xlink:href", "formaction", "poster")
        return [
            attributes[key] for _, attributes in self.elements for key in keys if key in attributes
        ]
