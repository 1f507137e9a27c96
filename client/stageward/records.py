"""What things of the registry are made of: facts that the server told, read-only, each with its type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar, cast, overload

from stageward.session import Session

T = TypeVar("T")


class Fact(Generic[T]):
    """A fact of a thing, under the name that it has in the API."""

    def __init__(self, read: Callable[[Any], T] | None = None) -> None:
        self._read = read

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, thing: None, owner: type) -> Fact[T]: ...

    @overload
    def __get__(self, thing: Record, owner: type) -> T: ...

    def __get__(self, thing: Record | None, owner: type) -> Fact[T] | T:
        if thing is None:
            return self
        value = thing.told(self._name)
        return self._read(value) if self._read else cast("T", value)

    def __set__(self, thing: Record, value: object) -> None:
        raise AttributeError(f"{self._name} is what the server told; a {type(thing).__name__} is changed by its methods.")


class Record:
    """A thing as the server told it. `facts` has all of it, `refresh()` asks again."""

    def __init__(self, session: Session, facts: dict[str, Any]) -> None:
        self._session = session
        self._facts = facts

    @property
    def facts(self) -> dict[str, Any]:
        """Everything that was told, as the API has it."""
        if not self._is_whole():
            self.refresh()
        return self._facts

    def told(self, name: str) -> Any:
        """Return one fact; asks the server when it has not told it yet."""
        if name not in self._facts:
            self.refresh()
        return self._facts[name]

    def refresh(self) -> None:
        """Ask the server again."""
        self._take(self._session.get(self._path))

    @property
    def _path(self) -> str:
        raise NotImplementedError

    def _is_whole(self) -> bool:
        return len(self._facts) > 1

    def _take(self, facts: dict[str, Any]) -> None:
        """Take what the server told just now."""
        self._facts = facts


def moment(text: Any) -> datetime:
    """Read a time as the API writes it."""
    return datetime.fromisoformat(str(text).replace("Z", "+00:00"))


def moment_or_none(text: Any) -> datetime | None:
    """Read a time that may not be there."""
    return None if text is None else moment(text)
