"""The real gto reads what was written, and says what the registry says."""

import contextlib
import random
from collections.abc import Callable

import pytest

from activity.errors import DomainError
from activity.unit import unit_of_work
from approvals.models import StagePolicy
from approvals.services import request_stage_change
from registry.models import ModelVersion, RegisteredModel, Stage
from registry.services import archive_model, delete_version, register_model, register_version, unarchive_model
from tests.cast import Team, caller, make_team
from tests.gto.conftest import Bring
from tests.gto.real import check_agreement
from tests.gto.repositories import Repository
from tests.gto.written import switch_on, told

pytestmark = [pytest.mark.django_db, pytest.mark.once]
STEPS = 6


def live(team: Team, name: str, chance: random.Random) -> None:
    """A random life of a model: versions come, move, are deleted; the model is archived and comes back."""
    by, stages = caller(team.engineer), list(Stage.objects.filter(workspace=team.workspace).values_list("key", flat=True))
    with unit_of_work():
        model = register_model(workspace_id=team.workspace.pk, name=name, by=by)
        register_version(model_id=model.pk, by=by, name=chance.choice(["", "v0.1.0"]))
    for _ in range(STEPS):
        versions = list(ModelVersion.objects.alive().filter(model=model).values_list("pk", flat=True))
        step = chance.choices(["move", "register", "delete", "archive"], [7, 2, 1, 1])[0]
        # A move to where it is, a protected version: nothing happens, as for anybody.
        with contextlib.suppress(DomainError), unit_of_work():
            if step == "register" or not versions:
                register_version(model_id=model.pk, by=by)
            elif step == "delete":
                delete_version(version_id=chance.choice(versions), by=by)
            elif step == "archive":
                archive_model(model_id=model.pk, by=by)
            else:
                to, archive = chance.choice(stages), chance.random() < 0.3
                request_stage_change(version_id=chance.choice(versions), to_stage=to, by=by, archive_incumbents=archive)
        if step == "archive":
            with unit_of_work():
                unarchive_model(model_id=model.pk, by=caller(team.admin))
    if chance.random() < 0.1 and not RegisteredModel.objects.get(pk=model.pk).archived_at:
        with unit_of_work():
            archive_model(model_id=model.pk, by=by)


def test_the_real_gto_agrees_after_random_histories(team: Team, rounds: Callable[[int, int], int]):
    chance = random.Random(20)
    other = make_team("other", suffix="-2")
    StagePolicy.objects.update(approvals_required=0)
    for each in (team, other):
        switch_on(each)
        for number in range(rounds(20, 200)):
            with contextlib.suppress(DomainError):  # its last step: a model that cannot be archived stays
                live(each, f"model-{number}", chance)
    check_agreement((team, told(team)), (other, told(other)))


def test_the_real_gto_agrees_about_what_was_imported(team: Team, upstream: Repository, bring: Bring):
    RegisteredModel.objects.filter(pk=team.model.pk).update(name="another")
    upstream.tag("models/cv=seg@v1.0.0", upstream.commit("x"), 1693814000)
    upstream.tag("models/cv=seg#prod#2", upstream.commit("x"), 1693814500)
    upstream.tag("models/cv=seg#prod!#3", upstream.commit("x"), 1693814501)
    bring(upstream)
    switch_on(team)
    check_agreement((team, told(team)))
