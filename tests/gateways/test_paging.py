"""Pages by opaque tokens: every row once, in order, whatever happens in between; a forged token breaks nothing."""

import base64
import json

import pytest

from activity.errors import Invalid
from gateways.paging import page
from registry.models import ModelVersion, RegisteredModel
from tests.cast import Team


@pytest.mark.parametrize("ordering", [("number", "pk"), ("-updated_at", "-number", "pk"), ("stage", "-number", "pk")])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_every_row_comes_once_in_order(team: Team, ordering: tuple[str, ...], size: int):
    for _ in range(7):
        team.version()
    rows, token, found = ModelVersion.objects.all(), "", []
    for _ in range(8):
        part, token = page(rows, ordering, size, token)
        found += part
        if not token:
            break
    assert found == list(rows.order_by(*ordering))


def test_what_is_added_meanwhile_shifts_nothing(team: Team):
    for _ in range(4):
        team.version()
    first, token = page(ModelVersion.objects.all(), ("-number", "pk"), 2, "")
    team.version()
    second, end = page(ModelVersion.objects.all(), ("-number", "pk"), 2, token)
    assert [version.number for version in first + second] == [4, 3, 2, 1]
    assert end == ""


def written(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize("token", ["x", "====", written(), written("x", 1, 2), written(1), "ÿ", written("x", "\x00", 1)])
def test_a_token_that_no_list_gave_is_refused(team: Team, token: str):
    with pytest.raises(Invalid) as refused:
        page(RegisteredModel.objects.all(), ("name", "pk"), 1, token)
    assert refused.value.field == "page_token"


def test_a_token_of_another_list_is_refused(team: Team):
    team.version(), team.version()
    _, token = page(ModelVersion.objects.all(), ("number", "pk"), 1, "", about="a")
    for ordering, about in ((("number", "pk"), "b"), (("-number", "pk"), "a")):
        with pytest.raises(Invalid):
            page(ModelVersion.objects.all(), ordering, 1, token, about=about)
    forged = json.loads(base64.urlsafe_b64decode(token))
    values: tuple[object, ...] = ("x", None, [], "\x00")
    for value in values:
        with pytest.raises(Invalid):
            page(ModelVersion.objects.all(), ("number", "pk"), 1, written(forged[0], value, 1), about="a")
    assert page(ModelVersion.objects.all(), ("number", "pk"), 1, written(forged[0], 1e99, 1), about="a") == ([], "")
