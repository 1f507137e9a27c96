"""When the demo may be loaded, and what happens when it may not."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from activity.models import Activity
from config.demo import acts
from config.demo.diary import working_moment
from config.demo.load import is_empty, load
from config.demo.people import NAMES, PASSWORD
from config.demo.weights import published
from tests.cast import person

pytestmark = pytest.mark.django_db


def demo():
    """Run the command; return what it says."""
    said, progress = io.StringIO(), io.StringIO()
    call_command("demo", stdout=said, stderr=progress)
    return said.getvalue(), progress.getvalue()


@pytest.mark.usefixtures("on_this_machine")
def test_the_demo_is_loaded_once_and_says_both_times_who_to_be():
    said, progress = demo()
    assert said.splitlines()[0] == f"Demo accounts, on this machine only. Sign in with the password {PASSWORD} as"
    assert {line.split()[0] for line in said.splitlines()[1:]} == set(NAMES)
    assert progress.split("\r")[1] == "Loading the demo … 10 %"
    assert progress.split("\r")[-1] == "Loading the demo … 100 %\n"
    lines = Activity.objects.count()
    again, progress = demo()
    assert again == f"The demo is loaded already, so nothing was changed.\n{said}"
    assert (Activity.objects.count(), progress) == (lines, "")


@pytest.mark.usefixtures("on_this_machine")
def test_a_database_with_data_is_left_alone():
    person("somebody")
    assert demo()[0] == "This database holds data already, so the demo was not loaded and nothing was changed.\n"
    assert list(User.objects.values_list("username", flat=True)) == ["somebody"]


@pytest.mark.parametrize("host", ["*", "stageward.example.org", "0.0.0.0", ".example.org", "192.0.2.7"])
@pytest.mark.usefixtures("on_this_machine")
def test_the_demo_is_refused_where_other_machines_may_call(settings, host):
    settings.ALLOWED_HOSTS = ["127.0.0.1", host]
    with pytest.raises(CommandError) as refusal:
        demo()
    assert str(refusal.value) == (
        f"The demo accounts have a public password, and this installation answers to {host}. Nothing was loaded. Load the demo where"
        " ALLOWED_HOSTS and PUBLIC_URL name this machine alone, such as 127.0.0.1."
    )
    assert is_empty()


@pytest.mark.usefixtures("on_this_machine")
def test_the_demo_is_refused_under_a_public_address(settings):
    settings.PUBLIC_URL = "https://stageward.example.org"
    with pytest.raises(CommandError, match=r"answers to stageward\.example\.org\. Nothing was loaded"):
        demo()


@pytest.mark.usefixtures("on_this_machine")
def test_an_interrupted_load_leaves_the_database_empty():
    def interrupt(done, of):
        if done == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(interrupt)
    assert is_empty()


MONDAY_NOON = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "ago", "moment"),
    [
        (MONDAY_NOON, 0, "2026-09-07 12:00:00"),
        (MONDAY_NOON, 0.1, "2026-09-07 11:06:37"),
        (MONDAY_NOON, 1, "2026-09-04 12:00:00"),
        (MONDAY_NOON + timedelta(hours=12), 0, "2026-09-07 17:37:54"),
        (MONDAY_NOON - timedelta(days=1), 0, "2026-09-04 17:37:54"),
        (MONDAY_NOON - timedelta(hours=11), 0, "2026-09-04 17:37:54"),
        (MONDAY_NOON, 5, "2026-08-31 12:00:00"),
    ],
)
def test_moments_are_counted_back_in_working_days(now, ago, moment):
    assert f"{working_moment(now, ago):%Y-%m-%d %H:%M:%S}" == moment


def test_a_remark_says_what_the_figures_say():
    resnet = next(model for model in published() if model.name == "ResNet50")
    assert acts.remark(resnet, resnet.versions[1], "production") == (
        "80.9 % acc@1 on ImageNet-1K at 4.089 GFLOPS, +4.7 points against IMAGENET1K_V1."
    )
    assert acts.remark(resnet, resnet.versions[1], "archived") == ""
