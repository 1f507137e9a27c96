"""The whole life of requests, against a small model of the rules: any sequence of anybody's actions ends alike in both."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import ApproverGroup, Delegation, Role, User
from accounts.services import add_to_group, reactivate_person, remove_from_group, withdraw_delegation
from activity.errors import DomainError
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest, StagePolicy
from approvals.services import confirm_policy, set_policy
from approvals.situations import load_situations
from approvals.tasks import sweep_requests
from notifications.audience import ENDS
from registry.models import ModelVersion, Proposal
from registry.services import decline_proposal, register_version
from tests.approvals.model import LOCKS, ORDER, Request, Rules, Version
from tests.approvals.model_people import Offer, Person, Power, Refused
from tests.approvals.model_policy import SKIP_RULES, Policy
from tests.approvals.population import undone
from tests.cast import Team, caller, make_team
from tests.log import findings

MACHINES = 340 if os.environ.get("STAGEWARD_LONG") == "1" else 25 if connection.vendor == "sqlite" else 4
WHO = ("admin", "engineer", "reviewer", "second_reviewer", "viewer", "service")
RISK = ("reviewer", "second_reviewer")
# How often each thing is tried. One rule draws from it: hypothesis leaves whole rules out of a run, and without requests nothing happens.
DOINGS = {
    "ask": 5, "approve": 12, "edit": 3, "withdraw": 2, "policy": 5, "role": 3, "lock": 2, "take_back": 2, "register": 1, "reject": 1,
    "revoke": 1, "delete": 1, "let_go": 1, "group": 2, "away": 3, "come_back": 1, "report": 6, "bypass": 5, "sign_off": 3, "later": 2,
    "sweep": 1, "decide_on_offer": 4,
}  # fmt: skip
ADMINS_DO = ("policy", "role", "lock", "group", "decide_on_offer")
WITHOUT_REQUESTS = ("ask", "edit", "policy", "role", "group", "away", "decide_on_offer")


def the_rules() -> Rules:
    """The model of what `make_team` makes, with a group of two."""
    people = {name: Person("editor", name, Power("admin")) for name in WHO}
    people["admin"] = Person("admin", "admin")
    people["viewer"].role, people["service"].principal = "viewer", "admin"
    return Rules(
        people,
        {key: Policy(exclude=key in ("staging", "production")) for key in ORDER},
        {name: Power("admin") for name in RISK},
    )


def a_policy(number: int, choice: int, more: int) -> Policy:
    """One of many: a number, and one or two of the other things that a policy may say."""
    says: list[dict[str, Any]] = [
        {}, {"groups": (("risk", 1),)}, {"groups": (("risk", 1 + choice % 2),), "skips": SKIP_RULES[choice % 4]},
        {"skips": SKIP_RULES[choice % 4]}, {"checks": (("tests", ""),)}, {"checks": (("bias", "service"), ("tests", "")), "days": 3},
        {"release": ("service",)}, {"release": ("engineer",), "checks": (("tests", ""),)}, {"glass": ("admin",)},
        {"glass": ("admin", "editor"), "exclude": True}, {"days": 3}, {"exclude": True},
    ]  # fmt: skip
    usual: dict[str, Any] = {"approvals": (1, 2, 0, 3)[number % 4]}
    usual |= {"glass": ("admin", "editor")} if number % 3 else {}
    usual |= {"release": ("engineer", "service")} if number % 4 == 3 else {}
    return Policy(**(usual | says[more]))


def as_sent(policy: Policy) -> dict[str, Any]:
    names = {"service": "bot"}
    return {
        "approvals_required": policy.approvals,
        "exclude_last_editor": policy.exclude,
        "groups": [{"group": group, "minimum": minimum} for group, minimum in policy.groups],
        "skip_rule": policy.skips,
        "required_checks": [{"name": name, "reporter": names.get(by, by)} for name, by in policy.checks],
        "expires_after_days": policy.days or None,
        "release_accounts": [names.get(name, name) for name in policy.release],
        "break_glass_roles": list(policy.glass),
    }


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
        self.offers: list[tuple[Proposal, Offer]] = []
        self.delegations: list[Delegation] = []

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

    def unit(self, service: Callable[..., Any], by: str, **arguments: Any) -> Callable[[], Any]:
        """A call of a service in a unit of work of its own."""

        def do() -> Any:
            with unit_of_work():
                return service(by=caller(self.user(by)), **arguments)

        return do

    def user(self, name: str) -> User:
        return User.objects.get(pk=getattr(self.team, name).pk)

    def version(self, number: int, free: bool = False) -> tuple[ModelVersion, Version]:
        """One of the versions; of those that can be asked for, where there are some and it is said so."""
        waiting = [id(modelled.version) for _, modelled, _ in self.requests if modelled.status == "pending"]
        can = [pair for pair in self.versions if not pair[1].deleted and pair[1].lock == "open" and id(pair[1]) not in waiting]
        among = can if free and can else self.versions
        return among[number % len(among)]

    def request(self, number: int, status: str = "") -> tuple[StageChangeRequest, Request, Any]:
        """One of the requests; of those of that status or effect, where there are some."""
        among = [each for each in self.requests if status in (each[1].status, each[1].effect)] or self.requests
        return among[-1 - number % len(among)]

    @initialize(choice=st.integers(0, 11), one=st.integers(0, 11), other=st.integers(0, 11))
    def begin(self, choice: int, one: int, other: int) -> None:
        """Two versions, two policies and perhaps a second admin."""
        for name in ("engineer", "reviewer"):
            self.register(name)
        self.policy("admin", 1, choice, one)
        self.policy("admin", 2, choice + 1, other)
        if choice % 2:
            self.role("admin", WHO.index("second_reviewer"), 3)

    @rule(
        doing=st.sampled_from([name for name, times in DOINGS.items() for _ in range(times)]),
        by=st.sampled_from(["engineer", "reviewer", "second_reviewer", "admin", *WHO]),
        number=st.integers(0, 5),
        choice=st.integers(0, 11),
        more=st.integers(0, 11),
    )
    def somebody_does(self, doing: str, by: str, number: int, choice: int, more: int) -> None:
        by = "admin" if doing in ADMINS_DO and choice % 3 else by
        if self.requests or doing in WITHOUT_REQUESTS:
            getattr(self, doing)(by, number, choice, *([more] if doing in ("policy", "approve") else []))

    def register(self, by: str, number: int = 0, choice: int = 0) -> None:
        really = self.unit(register_version, by, model_id=self.team.model.pk, metrics={"content": 0})
        if made := self.both(really, lambda: self.model.register(by)):
            self.versions.append((made[0], self.model.versions[-1]))

    def ask(self, by: str, number: int, choice: int) -> None:
        version, modelled = self.version(number, choice > 0)
        to, comment = [*ORDER, "development", "staging", "staging"][choice % 8], "Because." if choice % 2 else ""
        really = lambda: self.team.ask(version, to, by=self.user(by), comment=comment)  # noqa: E731
        if made := self.both(really, lambda: self.model.ask(modelled, to, by, comment)):
            self.requests.append((*made, self.model.digest_of(made[1])))

    def approve(self, by: str, number: int, choice: int, more: int) -> None:
        asked, modelled, filed = self.request(number, "pending" if choice > 1 else "")
        now = StageChangeRequest.objects.get(pk=asked.pk).digest
        digest, seen = [("", None), (asked.digest, filed), (now, self.model.digest_of(modelled))][choice % 3]
        held = [gone for gone, other in self.model.away if gone and (other == by or more % 4 == 0)]
        away = held if more % 2 else []
        name = away[more % len(away)] if away else ""
        self.both(
            lambda: self.team.approve(asked, by=self.user(by), digest=digest, on_behalf_of=self.user(name) if name else None),
            lambda: self.model.approve(modelled, by, seen, name),
        )

    def withdraw(self, by: str, number: int, choice: int) -> None:
        asked, modelled, _ = self.request(number, "pending" if choice > 1 else "")
        by = next((vote.by for vote in modelled.approvals), by) if choice % 3 else by
        self.both(lambda: self.team.withdraw(asked, by=self.user(by)), lambda: self.model.withdraw(modelled, by))

    def reject(self, by: str, number: int, choice: int) -> None:
        asked, modelled, _ = self.request(number, "pending" if choice > 3 else "")
        self.both(lambda: self.team.reject(asked, by=self.user(by)), lambda: self.model.reject(modelled, by))

    def revoke(self, by: str, number: int, choice: int) -> None:
        asked, modelled, _ = self.request(number, "pending" if choice > 3 else "")
        self.both(lambda: self.team.revoke(asked, by=self.user(by)), lambda: self.model.revoke(modelled, by))

    def report(self, by: str, number: int, choice: int) -> None:
        asked, modelled, _ = self.request(number, "pending")
        name, status = ("tests", "bias")[choice % 2], ("passed", "passed", "failed")[choice % 3]
        by = "service" if name == "bias" and choice > 3 else by
        self.both(
            lambda: self.team.check(asked, name, status, by=self.user(by)), lambda: self.model.report(modelled, name, status, by)
        )

    def bypass(self, by: str, number: int, choice: int) -> None:
        asked, modelled, _ = self.request(number, "pending")
        glass = [name for name, person in self.model.people.items() if person.role in self.model.policies[modelled.target].glass]
        by = glass[choice % len(glass)] if glass and choice > 3 else by
        self.both(lambda: self.team.bypass(asked, by=self.user(by)), lambda: self.model.bypass(modelled, by))

    def sign_off(self, by: str, number: int, choice: int) -> None:
        asked, modelled, _ = self.request(number, "break-glass")
        self.both(lambda: self.team.sign_off(asked, by=self.user(by)), lambda: self.model.sign_off(modelled, by))

    def later(self, by: str, number: int, choice: int) -> None:
        """The time of a request is over; the sweep has not come by."""
        asked, modelled, _ = self.request(number, "pending")
        rows = StageChangeRequest.objects.filter(pk=asked.pk, status="pending").exclude(expires_at=None)
        modelled.over |= bool(rows.update(expires_at=asked.created_at + timedelta(microseconds=1)))

    def sweep(self, by: str, number: int, choice: int) -> None:
        self.both(sweep_requests, self.model.sweep)

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

    def policy(self, by: str, number: int, choice: int, more: int = 0) -> None:
        stage, policy, offered = ORDER[number % 5], a_policy(choice, number, more), len(self.model.offers)
        really = self.unit(set_policy, by, stage_id=self.team.stage(stage).pk, changes=as_sent(policy))
        if made := self.both(really, lambda: self.model.set_policy(stage, policy, by)):
            assert (made[0].proposal is not None) is (len(self.model.offers) > offered)
            if made[0].proposal:
                self.offers.append((made[0].proposal, self.model.offers[-1]))

    def decide_on_offer(self, by: str, number: int, choice: int) -> None:
        if self.offers:
            waiting = [each for each in self.offers if each[1].status == "pending"] if choice > 1 else []
            proposal, offer = (waiting or self.offers)[-1 - number % len(waiting or self.offers)]
            by = "second_reviewer" if choice % 3 else by
            if choice % 4:
                self.both(self.unit(confirm_policy, by, proposal_id=proposal.pk), lambda: self.model.confirm(offer, by))
            else:
                self.both(self.unit(decline_proposal, by, proposal_id=proposal.pk), lambda: self.model.decline(offer, by))

    def group(self, by: str, number: int, choice: int) -> None:
        group, name = ApproverGroup.objects.get(), WHO[number]
        change = remove_from_group if name in self.model.risk else add_to_group
        really = self.unit(change, by, group_id=group.pk, user_id=self.user(name).pk)
        self.both(really, lambda: self.model.in_or_out(name, by))

    def away(self, by: str, number: int, choice: int) -> None:
        other = WHO[number]
        really = lambda: self.team.away(self.user(by), self.user(other))  # noqa: E731
        if made := self.both(really, lambda: self.model.go_away(by, other)):
            self.delegations.append(made[0])

    def come_back(self, by: str, number: int, choice: int) -> None:
        if self.delegations and self.model.away[index := number % len(self.delegations)] != ("", ""):
            really = self.unit(withdraw_delegation, by, delegation_id=self.delegations[index].pk)
            self.both(really, lambda: self.model.come_back(index, by))

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
        ended = list(Activity.objects.filter(verb__in=ENDS).order_by("request_id").values_list("request_id", flat=True))
        assert ended == sorted(asked.pk for asked, modelled, _ in self.requests if modelled.status != "pending")
        for policy in StagePolicy.objects.select_related("stage"):
            said = as_sent(self.model.policies[policy.stage.key])
            assert policy.approvals_required == said["approvals_required"]
            assert [line["group"] for line in policy.groups] == [line["group"] for line in said["groups"]]

    @invariant()
    def requests_stand_alike(self) -> None:
        situations = {each.change_request.pk: each for each in load_situations(StageChangeRequest.objects.with_everything())}
        for asked, modelled, _ in self.requests:
            situation = situations[asked.pk]
            change_request = situation.change_request
            assert (str(change_request.status), change_request.effect) == (modelled.status, modelled.effect)
            assert hasattr(change_request, "sign_off") is modelled.signed
            if change_request.effect == "approved":
                assert change_request.decided_by
                assert change_request.decided_by.principal_id != change_request.requester_principal_id
            if modelled.status == "pending":
                assert situation.missing == self.model.missing(modelled)
                assert change_request.digest == situation.digest


@pytest.mark.django_db
def test_any_life_of_requests_goes_as_the_rules_say():
    Life.team = make_team()
    Life.team.group("risk", *(getattr(Life.team, name) for name in RISK))
    run_state_machine_as_test(
        Life,
        settings=settings(max_examples=MACHINES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)),
    )
