"""The people of the model's workspace: what they may do, their groups, who stands in for whom, and how policies change."""

from dataclasses import dataclass, field

from tests.approvals.model_policy import Policy, empty_places, is_weaker

RANK = {"viewer": 0, "editor": 1, "admin": 2}


class Refused(Exception):
    """Not done; the code says why."""


@dataclass
class Power:
    """Who gave it, and when."""

    given_by: str = "operator"
    given_at: int = 0


@dataclass
class Person:
    role: str
    principal: str
    power: Power = field(default_factory=Power)
    active: bool = True


@dataclass
class Offer:
    """A weaker policy that waits for a second admin."""

    stage: str
    before: Policy
    after: Policy
    by: str
    at: int
    status: str = "pending"


@dataclass
class People:
    """Every method is one service: it does it, or raises Refused."""

    people: dict[str, Person]
    policies: dict[str, Policy]
    risk: dict[str, Power]
    offers: list[Offer] = field(default_factory=list)
    away: list[tuple[str, str]] = field(default_factory=list)  # who is, and who stands in
    clock: int = 0

    def alive(self, name: str) -> bool:
        return self.people[name].active and self.people[self.people[name].principal].active

    def member(self, name: str, needed: str) -> Person:
        if not self.alive(name):
            raise Refused("not-found")
        if RANK[self.people[name].role] < RANK[needed]:
            raise Refused("forbidden")
        return self.people[name]

    def decides(self, name: str) -> bool:
        both = (self.people[name], self.people[self.people[name].principal])
        return self.alive(name) and all(person.role != "viewer" for person in both)

    def admins_but(self, principal: str) -> bool:
        people = [each for name, each in self.people.items() if each.principal == name != principal and each.active]
        return any(person.role == "admin" for person in people)

    def check_policy(self, before: Policy, after: Policy) -> None:
        named = {*after.release, *(reporter for _, reporter in after.checks if reporter)}
        if not all(self.alive(name) for name in named):
            raise Refused("invalid")
        deciding = {self.people[name].principal for name in self.people if self.decides(name)}
        can = {name: {"risk"} if name in self.risk else set() for name in deciding}
        places = after.places(jumps=False)
        left = [empty_places(places, [can[name] for name in deciding - {asking}]) for asking in deciding]
        if (before.approvals, before.groups) != (after.approvals, after.groups) and places and min(left, default=1):
            raise Refused("invalid")

    def set_policy(self, stage: str, after: Policy, by: str) -> None:
        person, before = self.member(by, "admin"), self.policies[stage]
        self.check_policy(before, after)
        if is_weaker(before, after) and self.admins_but(person.principal):
            if any(offer.stage == stage and offer.status == "pending" for offer in self.offers):
                raise Refused("conflict")
            self.clock += 1
            self.offers.append(Offer(stage, before, after, person.principal, self.clock))
        else:
            self.policies[stage] = after

    def waiting_offer(self, offer: Offer, by: str) -> Person:
        person = self.member(by, "admin")
        if offer.status != "pending":
            raise Refused("conflict")
        return person

    def confirm(self, offer: Offer, by: str) -> None:
        person = self.waiting_offer(offer, by)
        made_by_proposer = person.power.given_by == offer.by and person.power.given_at >= offer.at
        if person.principal == offer.by or person.principal != by or made_by_proposer:
            raise Refused("second-admin-needed")
        if self.policies[offer.stage] != offer.before:
            raise Refused("conflict")
        self.check_policy(offer.before, offer.after)
        offer.status, self.policies[offer.stage] = "confirmed", offer.after

    def decline(self, offer: Offer, by: str) -> None:
        own = self.waiting_offer(offer, by).principal == offer.by
        offer.status = "withdrawn" if own else "declined"

    def set_role(self, name: str, role: str, by: str) -> None:
        giver, person = self.member(by, "admin"), self.people[name]
        if not person.active:
            raise Refused("not-found")
        if person.role == role:
            return
        if person.role == "admin" and not self.admins_but(name):
            raise Refused("conflict")
        self.clock += 1
        person.role, person.power = role, Power(giver.principal, self.clock)

    def in_or_out(self, name: str, by: str) -> None:
        """Put into the group risk, or taken out of it."""
        giver = self.member(by, "admin")
        if name in self.risk:
            del self.risk[name]
            return
        if not self.alive(name):
            raise Refused("not-found")
        if self.people[name].principal != name:
            raise Refused("invalid")
        self.clock += 1
        self.risk[name] = Power(giver.principal, self.clock)

    def go_away(self, by: str, other: str) -> None:
        if not self.alive(by):
            raise Refused("forbidden")
        if self.people[by].principal != by:
            raise Refused("invalid")
        if not self.people[other].active:
            raise Refused("not-found")
        if self.people[other].principal != other or other == by:
            raise Refused("invalid")
        self.away.append((by, other))

    def come_back(self, number: int, by: str) -> None:
        if not self.alive(by):
            raise Refused("forbidden")
        if by not in self.away[number]:
            raise Refused("not-found")
        self.away[number] = ("", "")

    def let_go(self, name: str) -> None:
        self.people[name].active = False

    def take_back(self, name: str) -> None:
        self.people[name].active = True
