"""What tests ask of the log: which lines a block wrote, and how to lay hands on it as somebody with the database's password."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import connection, transaction

from activity.hashing import line_hash
from activity.models import Activity, Chain, Outbox
from activity.triggers import create_triggers, drop_triggers
from activity.verify import verify_everything


@contextmanager
def activities(*verbs: str) -> Iterator[list[Activity]]:
    """The block writes these lines, in this order, and no other; the list that it yields holds them afterwards."""
    last = Activity.objects.order_by("-id").values_list("id", flat=True).first() or 0
    lines: list[Activity] = []
    yield lines
    lines += Activity.objects.filter(id__gt=last).order_by("id")
    assert [line.verb for line in lines] == list(verbs)


def one_activity(verb: str) -> AbstractContextManager[list[Activity]]:
    """The block writes this one line."""
    return activities(verb)


def no_activity() -> AbstractContextManager[list[Activity]]:
    """The block writes nothing into the log."""
    return activities()


@contextmanager
def without_triggers() -> Iterator[None]:
    """What somebody who may alter the tables can do: the guards are dropped, and put back as if nothing had been."""
    with transaction.atomic():
        connection.check_constraints()  # PostgreSQL alters no table with deferred checks waiting
        drop_triggers(connection)
        yield
        connection.check_constraints()
        create_triggers(connection)


def findings() -> list[tuple[str, int | None]]:
    """What verification finds: each problem with the id of its line."""
    return [(finding.problem, finding.line_id) for finding in verify_everything()]


def rewrite(line: Activity, **columns: Any) -> None:
    """Change a line behind the application's back."""
    Activity.objects.filter(pk=line.pk).update(**columns)


def delete(*lines: Activity) -> None:
    """Remove lines behind the application's back."""
    Outbox.objects.filter(activity__in=lines).delete()
    Activity.objects.filter(pk__in=[line.pk for line in lines])._raw_delete("default")


def rehash(chain_key: str) -> None:
    """What a careful forger does: every hash of a chain computed afresh, and the head with them."""
    previous = ""
    for line in Activity.objects.filter(chain__key=chain_key).order_by("seq"):
        line.prev_hash = previous
        previous = line_hash(chain_key, line)
        rewrite(line, prev_hash=line.prev_hash, hash=previous)
    Chain.objects.filter(key=chain_key).update(head=previous)
