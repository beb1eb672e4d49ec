"""A page as a browser parses it: its elements and text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import requests


@dataclass(frozen=True)
class Element:
    """A start tag with its attributes, and all text inside, whitespace collapsed."""

    tag: str
    attributes: dict[str, str]
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.parts).split())


class WebPage(HTMLParser):
    """A parsed response of the server."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__()
        self.response = response
        self.elements: list[Element] = []
        self._open: list[Element] = [Element("document", {})]
        self.feed(response.text)

    @property
    def text(self) -> str:
        return self._open[0].text

    def all(self, tag: str, css_class: str | None = None) -> list[Element]:
        """The elements with this tag and class, in order."""
        return [
            element
            for element in self.elements
            if element.tag == tag and (css_class is None or css_class in element.attributes.get("class", "").split())
        ]

    def card(self, title: str) -> str:
        """The text of the label card with this heading."""
        return next(card.text for card in self.all("article", "card") if card.text.startswith(title))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in ("meta", "link", "img", "input"):
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        closed = self._open.pop()
        assert closed.tag == tag, f"<{closed.tag}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.parts.append(data)


def open_page(url: str, path: str) -> WebPage:
    """Fetch a page and parse it."""
    return WebPage(requests.get(f"{url}{path}", timeout=10))
