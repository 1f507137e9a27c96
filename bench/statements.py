"""What each case asks of the database, here and in the plain views: `python -m bench.statements VERSIONS`, the world on standard input.

Prints, by case, the statements of one errand, and how the plain views' differ (which they should not).
"""

import json
import re
import sys
from collections import Counter
from typing import Any

from bench.errands import Call, Case, Errand, cases
from bench.world import World

_ABOUT = re.compile(
    r'^(SELECT|INSERT|UPDATE|DELETE|BEGIN|COMMIT|SAVEPOINT|RELEASE).*?(?:(?:FROM|INTO|UPDATE) "(\w+)"|$)', re.DOTALL
)


def shape(statement: str) -> str:
    """Return what sort of statement it is, and on which table."""
    found = re.match(r'(UPDATE) "(\w+)"', statement) or _ABOUT.match(statement)
    return " ".join(filter(None, found.groups())) if found else statement[:40]


def statements_of(errand: Errand, urlconf: str) -> list[str]:
    """Run an errand in this process; return its statements."""
    from django.db import connection  # noqa: PLC0415 - wants Django's settings
    from django.test import override_settings  # noqa: PLC0415 - the same
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - the same

    with override_settings(ROOT_URLCONF=urlconf), CaptureQueriesContext(connection) as captured:
        answer: dict[str, Any] = {}
        for call in errand:
            answer = _send(call, answer)
    return [query["sql"] for query in captured.captured_queries]


def _send(call: Call, before: dict[str, Any]) -> dict[str, Any]:
    from django.test import Client  # noqa: PLC0415 - the same

    path = call.path.replace("{id}", str(before.get("id")))
    client = Client(headers={"Authorization": f"Bearer {call.token}"}, raise_request_exception=True)
    response = client.generic(call.method, path, json.dumps(call.body or {}), content_type="application/json")
    assert response.status_code < 300, response.content
    return dict(response.json())


def capture(case: Case) -> dict[str, Any]:
    """Return the statements of a case, and the difference; the last errands are taken, which no load has reached."""
    second, first, warm = (case.errands * 3)[:3] if len(case.errands) < 3 else case.errands[-3:]
    statements_of(warm, "config.urls")  # a token's first use of the minute is noted
    ours, plain = statements_of(first, "config.urls"), statements_of(second, "bench.plain")
    here, there = Counter(map(shape, ours)), Counter(map(shape, plain))
    return {"statements": ours, "plain": len(plain), "only here": dict(here - there), "only there": dict(there - here)}


def main() -> None:
    """Capture all cases."""
    world = World(**json.load(sys.stdin))
    print(json.dumps({case.name: capture(case) for case in cases(world, int(sys.argv[1]))}))


if __name__ == "__main__":
    import django

    django.setup()
    main()
