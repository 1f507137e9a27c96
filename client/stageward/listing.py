"""Lists that are read as far as somebody looks, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, Union, overload
from urllib.parse import parse_qs, urlsplit

from stageward.session import Params, Session

T = TypeVar("T")
Value = Union[str, int, bool, None]
FIRST_PAGE, LATER_PAGES = 50, 200


class LazyList(Sequence[T], Generic[T]):
    """Rows of a list, fetched when they are looked at and kept: `rows[0]`, `rows[:5]`, `for row in rows`, `len(rows)`, `if rows`.

    Only `len` and negative indices read to the end. What was read stays as it was; make the list anew to see what came since.
    """

    def __init__(self, session: Session, path: str, make: Callable[[dict[str, Any]], T], params: Params | None = None) -> None:
        self._session, self._path, self._make = session, path, make
        self._params = dict(params or {})
        self._found: list[T] = []
        self._cursor: str | None = None
        self._ended = False

    def filter(self, **params: Value) -> LazyList[T]:
        """Return the list narrowed by parameters of the API, such as `stage="production"`."""
        return type(self)(self._session, self._path, self._make, {**self._params, **params})

    def __iter__(self) -> Iterator[T]:
        index = 0
        while self._reaches(index):
            yield self._found[index]
            index += 1

    def __len__(self) -> int:
        while self._more():
            pass
        return len(self._found)

    def __bool__(self) -> bool:
        return self._reaches(0)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            if min(index.start or 0, index.stop or 0, index.step or 1) < 0 or index.stop is None:
                len(self)
            else:
                self._reaches(index.stop - 1)
            return self._found[index]
        if index < 0:
            len(self)
        elif not self._reaches(index):
            raise IndexError(f"There are {len(self._found)} here, so none has the index {index}.")
        return self._found[index]

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self._found[:3]))
        more = ", …" if len(self._found) > 3 or not self._ended else ""
        return f"[{shown}{more}]" if shown else "[]" if self._ended else "[…]"

    def _reaches(self, index: int) -> bool:
        """Read until there is a row with this index; tell whether there is one."""
        while index >= len(self._found):
            if not self._more():
                return False
        return True

    def _more(self) -> bool:
        """Read the next page; tell whether there was one."""
        if self._ended:
            return False
        limit = LATER_PAGES if self._cursor else FIRST_PAGE
        page = self._session.get(self._path, {"limit": limit, **self._params, "cursor": self._cursor})
        self._found += [self._make(row) for row in page["results"]]
        # Of the next address the cursor alone is taken: the token goes to the host that it was given for, and no other.
        self._cursor = parse_qs(urlsplit(page["next"]).query)["cursor"][0] if page["next"] else None
        self._ended = self._cursor is None
        return True
