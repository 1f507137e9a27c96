"""What tests of webhooks ask for: a team, a receiver, and a webhook that goes there."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from activity.unit import unit_of_work
from notifications.models import Webhook
from notifications.outbox import drain
from notifications.services import create_webhook
from tests.cast import Team, caller, make_team
from tests.notifications.receiver import Receiver, receiver


@pytest.fixture
def team(db: None) -> Team:
    made = make_team()
    drain()
    return made


@pytest.fixture
def there(settings: Any) -> Iterator[Receiver]:
    """A receiver, whose host is allowed."""
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    with receiver() as server:
        yield server


@pytest.fixture
def hook(team: Team, there: Receiver) -> Callable[..., tuple[Webhook, str]]:
    """`hook(verbs=[…])`: a webhook that goes to the receiver, and its secret."""

    def make(**fields: Any) -> tuple[Webhook, str]:
        with unit_of_work():
            return create_webhook(workspace_id=team.workspace.pk, by=caller(team.admin), **{"url": there.url, **fields})

    return make
