"""The whole life of requests, against a small model of the rules: any sequence of anybody's actions ends alike in both."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import Role, User
from accounts.services import reactivate_person
from activity.errors import DomainError
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from approvals.services import set_policy
from approvals.situations import load_situations
from notifications.mail import ENDED
from registry.models import ModelVersion
from registry.services import register_version
from tests.approvals.model import LOCKS, ORDER, Person, Refused, Request, Rules, Version
from tests.approvals.population import undone
from tests.cast import Team, caller, make_team
from tests.log import findings

MACHINES = 200 if os.environ.get("STAGEWARD_LONG") == "1" else 25 if connection.vendor == "sqlite" else 5
WHO = ("admin", "engineer", "reviewer", "second_reviewer", "viewer", "service")
# How often each thing is tried. One rule draws from it: hypothesis leaves whole rules out of a run, and without requests nothing happens.
DOINGS = {
    "ask": 8, "approve": 14, "edit": 4, "withdraw": 3, "policy": 3, "role": 3, "lock": 2, "take_back": 2, "register": 1, "reject": 1,
    "revoke": 1, "delete": 1, "let_go": 1,
}  # fmt: skip
ADMINS_DO = ("policy", "role", "lock")


def the_rules() -> Rules:
    """The model of what `make_team` makes."""
    people = {name: Person("editor", name, given_by="admin") for name in WHO}
    people["admin"] = Person("admin", "admin")
    people["viewer"].role, people["service"].principal = "viewer", "admin"
    return Rules(people, {key: (1, key in ("staging", "production")) for key in ORDER})


class Life(RuleBasedStateMachine):
    """Does everything twice: through the services, and in the model. They must agree on what happened and on how things stand."""

    team: Team

    def __init__(self) -> None:
        super().__init__()
        self.past = undone()
        self.past.__enter__()
        self.model = the_rules()
        self.versions: list[tuple[ModelVersion, Version]] = []
        self.requests: list[tuple[StageChangeRequest, Request, Any]] = []

    def teardown(self) -> None:
        assert findings() == []
        self.past.__exit__(None, None, None)

    def both(self, really: Callable[[], Any], modelled: Callable[[], Any]) -> tuple[Any, Any] | None:
        """Do it in both; None when both refuse, with one code."""
        code, expected, made, answer = "done", "done", None, None
        try:
            answer = modelled()
        except Refused as refused:
            expected = str(refused)
        try:
            made = really()
        except DomainError as refused:
            code = refused.code
        assert code == expected
        return (made, answer) if code == "done" else None

    def user(self, name: str) -> User:
        return User.objects.get(pk=getattr(self.team, name).pk)

    def version(self, number: int, free: bool = False) -> tuple[ModelVersion, Version]:
        """One of the versions; of those that can be asked for, where there are some and it is said so."""
        waiting = [id(modelled.version) for _, modelled, _ in self.requests if modelled.status == "pending"]
        can = [pair for pair in self.versions if not pair[1].deleted and pair[1].lock == "open" and id(pair[1]) not in waiting]
        among = can if free and can else self.versions
        return among[number % len(among)]

    def request(self, number: int, pending: bool = False) -> tuple[StageChangeRequest, Request, Any]:
        """One of the requests; of those that wait, where there are some and it is said so."""
        waiting = [each for each in self.requests if each[1].status == "pending"]
        among = waiting if pending and waiting else self.requests
        return among[-1 - number % len(among)]

    @initialize()
    def begin(self) -> None:
        self.register("engineer")
        self.register("reviewer")
        for number in (1, 3):
            self.policy("admin", number, 2)

    @rule(
        doing=st.sampled_from([name for name, times in DOINGS.items() for _ in range(times)]),
        by=st.sampled_from(["engineer", "reviewer", "second_reviewer", "admin", *WHO]),
        number=st.integers(0, 5),
        choice=st.integers(0, 11),
    )
    def somebody_does(self, doing: str, by: str, number: int, choice: int) -> None:
        by = "admin" if doing in ADMINS_DO and choice % 3 else by
        if self.requests or doing in ("ask", "edit", "policy", "role"):
            getattr(self, doing)(by, number, choice)

    def register(self, by: str, number: int = 0, choice: int = 0) -> None:
        def really() -> ModelVersion:
            with unit_of_work():
                return register_version(model_id=self.team.model.pk, by=caller(self.user(by)), metrics={"content": 0})

        if made := self.both(really, lambda: self.model.register(by)):
            self.versions.append((made[0], self.model.versions[-1]))

    def ask(self, by: str, number: int, choice: int) -> None:
        version, modelled = self.version(number, choice > 1)
        to = ORDER[choice % 5]
        if made := self.both(lambda: self.team.ask(version, to, by=self.user(by)), lambda: self.model.ask(modelled, to, by)):
            self.requests.append((*made, self.model.digest_of(made[1])))

    def approve(self, by: str, number: int, choice: int) -> None:
        asked, modelled, filed = self.request(number, choice > 1)
        now = StageChangeRequest.objects.get(pk=asked.pk).digest
        digest, seen = [("", None), (asked.digest, filed), (now, self.model.digest_of(modelled))][choice % 3]
        self.both(
            lambda: self.team.approve(asked, by=self.user(by), digest=digest), lambda: self.model.approve(modelled, by, seen)
        )

    def withdraw(self, by: str, number: int, choice: int) -> None:
        asked, modelled, _ = self.request(number, choice > 1)
        by = next(iter(modelled.approvals.values()), by) if choice % 3 else by
        self.both(lambda: self.team.withdraw(asked, by=self.user(by)), lambda: self.model.withdraw(modelled, by))

    def reject(self, by: str, number: int, choice: int) -> None:
        asked, modelled, _ = self.request(number, choice > 3)
        self.both(lambda: self.team.reject(asked, by=self.user(by)), lambda: self.model.reject(modelled, by))

    def revoke(self, by: str, number: int, choice: int) -> None:
        asked, modelled, _ = self.request(number, choice > 3)
        self.both(lambda: self.team.revoke(asked, by=self.user(by)), lambda: self.model.revoke(modelled, by))

    def edit(self, by: str, number: int, choice: int) -> None:
        version, modelled = self.version(number)
        self.both(
            lambda: self.team.edit(version, by=self.user(by), metrics={"content": choice % 3}),
            lambda: self.model.edit(modelled, choice % 3, by),
        )

    def lock(self, by: str, number: int, choice: int) -> None:
        version, modelled = self.version(number)
        level = ["open", *LOCKS][choice % 4]
        self.both(lambda: self.team.lock(version, level, by=self.user(by)), lambda: self.model.set_lock(modelled, level, by))

    def delete(self, by: str, number: int, choice: int) -> None:
        version, modelled = self.version(number)
        self.both(lambda: self.team.delete(version, by=self.user(by)), lambda: self.model.delete(modelled, by))

    def policy(self, by: str, number: int, choice: int) -> None:
        stage, required, exclude = ORDER[number % 5], choice % 4, choice > 7

        def really() -> None:
            with unit_of_work():
                set_policy(
                    stage_id=self.team.stage(stage).pk,
                    by=caller(self.user(by)),
                    changes={"approvals_required": required, "exclude_last_editor": exclude},
                )

        self.both(really, lambda: self.model.set_policy(stage, required, exclude, by))

    def role(self, by: str, number: int, choice: int) -> None:
        name, role = WHO[number], [Role.VIEWER, Role.EDITOR, Role.EDITOR, Role.ADMIN][choice % 4]
        self.both(
            lambda: self.team.role(self.user(name), role, by=self.user(by)), lambda: self.model.set_role(name, str(role), by)
        )

    def let_go(self, by: str, number: int, choice: int) -> None:
        name = WHO[number]
        self.both(lambda: self.team.let_go(self.user(name)), lambda: self.model.let_go(name))

    def take_back(self, by: str, number: int, choice: int) -> None:
        for name, person in self.model.people.items():
            if not person.active:
                with unit_of_work():
                    reactivate_person(user_id=self.user(name).pk, by=caller(self.team.staff))
                self.model.take_back(name)

    @invariant()
    def all_stands_alike(self) -> None:
        rows = {version.pk: version for version in ModelVersion.objects.all()}
        for version, candidate in self.versions:
            row = rows[version.pk]
            assert (row.stage, row.lock_level, row.metrics["content"]) == (candidate.stage, candidate.lock, candidate.content)
            assert (row.deleted_at is not None) is candidate.deleted
        ended = list(Activity.objects.filter(verb__in=ENDED).order_by("request_id").values_list("request_id", flat=True))
        assert ended == sorted(asked.pk for asked, modelled, _ in self.requests if modelled.status != "pending")
        situations = {each.change_request.pk: each for each in load_situations(StageChangeRequest.objects.with_everything())}
        for asked, modelled, _ in self.requests:
            situation = situations[asked.pk]
            assert str(situation.change_request.status) == modelled.status
            if modelled.status == "pending":
                assert situation.missing == self.model.missing(modelled)
                assert situation.change_request.digest == situation.digest


@pytest.mark.django_db
def test_any_life_of_requests_goes_as_the_rules_say():
    Life.team = make_team()
    run_state_machine_as_test(
        Life,
        settings=settings(max_examples=MACHINES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)),
    )
