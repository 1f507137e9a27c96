"""Verification beside people at work: what they write meanwhile is no finding."""

import threading

import pytest
from django.db import connection

from activity.models import Activity
from activity.seals import write_seal
from activity.verify import Finding, verify_everything
from tests.cast import make_team


@pytest.mark.django_db(transaction=True)
def test_verification_beside_people_at_work_finds_nothing():
    team = make_team()
    done = threading.Event()
    found: list[Finding] = []
    walks: list[int] = []

    def verify() -> None:
        try:
            while not done.is_set():
                found.extend(verify_everything())
                walks.append(1)
        finally:
            connection.close()

    verifier = threading.Thread(target=verify)
    verifier.start()
    for number in range(12):
        team.approve(team.ask(team.version(), "development"))
        if number % 4 == 0:
            write_seal()
    done.set()
    verifier.join()
    assert found == []
    assert len(walks) > 1
    assert Activity.objects.filter(verb="stage_change.applied").count() == 12
