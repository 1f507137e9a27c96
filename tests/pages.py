"""Looking at pages as a person does: signed in, reading words, rows and links, sending the forms that are there."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client

from accounts.models import User

_EMPTY = {"input", "br", "hr", "img", "meta", "link", "path", "circle", "rect"}


def browser(user: User | None = None) -> Client:
    """A browser, with somebody signed in."""
    client = Client()
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


class Page(HTMLParser):
    """What stands in the `main` of an answer: `words`, `links` (text → address), `rows` of tables, `forms` (address → values)."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.text: list[str] = []
        self.links: dict[str, str] = {}
        self.rows: list[list[str]] = []
        self.disabled: list[str] = []
        self.values: dict[str, str] = {}
        self._path: list[str] = []
        self._link: tuple[str, list[str]] | None = None
        self._area: tuple[str, list[str]] | None = None
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in _EMPTY:
            self._path.append(tag)
        if "main" not in self._path:
            return
        if tag == "a":
            self._link = (given.get("href") or "", [])
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        elif tag in ("input", "textarea", "select"):
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str | None]) -> None:
        name = given.get("name") or ""
        if "disabled" in given:
            self.disabled.append(name)
        elif tag == "textarea":
            self._area = (name, [])
        elif given.get("type") not in ("radio", "checkbox", "submit") or "checked" in given:
            self.values[name] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in self._path:
            while self._path.pop() != tag:
                pass
        if tag == "a" and self._link:
            self.links[" ".join("".join(self._link[1]).split())] = self._link[0]
            self._link = None
        if tag == "textarea" and self._area:
            self.values[self._area[0]] = "".join(self._area[1]).removeprefix("\n")
            self._area = None

    def handle_data(self, data: str) -> None:
        if "main" not in self._path:
            return
        self.text.append(data)
        for part in (self._link, self._area):
            if part:
                part[1].append(data)
        if self.rows and self.rows[-1] and self._path[-1] != "option" and ("td" in self._path or "th" in self._path):
            self.rows[-1][-1] = " ".join((self.rows[-1][-1] + data).split())

    @property
    def words(self) -> str:
        """All words, one space between them."""
        return " ".join("".join(self.text).split())


def look(client: Client, address: str, status: int = 200) -> Page:
    """Open a page."""
    response = client.get(address)
    assert response.status_code == status, response.content.decode()[:2000]
    return Page(response)


def send(client: Client, address: str, values: dict[str, Any], status: int = 302) -> Any:
    """Send a form; where the answer leads, or the page that says what was wrong."""
    response = client.post(address, values)
    assert response.status_code == status, Page(response).words[:2000]
    return response["Location"] if status == 302 else Page(response)


def flashes(client: Client, address: str) -> list[str]:
    """What the next page tells in passing."""
    return [str(message) for message in client.get(address).context["messages"]]
