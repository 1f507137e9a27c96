"""The rules of the approval cycle once more, as small as they can be said: what the services are compared with.

Nothing of the application is imported. People, versions and requests are plain objects; a refusal is the code that callers see.
"""

from dataclasses import dataclass, field

from tests.approvals.model_people import People, Person, Power, Refused
from tests.approvals.model_policy import empty_places

ORDER = ["unassigned", "development", "staging", "production", "archived"]
PROTECTED = {"staging", "production"}
LOCKS = ["open", "redact", "closed"]
Digest = tuple[object, ...]


@dataclass
class Version:
    editor: str
    content: int = 0
    stage: str = "unassigned"
    lock: str = "open"
    deleted: bool = False
    was_in_production: bool = False


@dataclass
class Vote:
    by: str
    principal: str
    digest: Digest
    away: str = ""


@dataclass
class Report:
    name: str
    by: str
    status: str
    content: int


@dataclass
class Request:
    version: Version
    origin: str
    target: str
    asked_by: str
    requester: str
    at: int
    comment: str = ""
    status: str = "pending"
    effect: str = ""
    digest: Digest = ()
    approvals: list[Vote] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    ended_by: str = ""
    signed: bool = False
    over: bool = False

    @property
    def jumps(self) -> bool:
        return ORDER.index(self.target) > ORDER.index(self.origin) + 1


@dataclass
class Rules(People):
    """The state of one workspace. Every method is one service: it does it, or raises Refused."""

    versions: list[Version] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def given_since(self, request: Request, power: Power, givers: set[str] | None = None) -> bool:
        return power.given_by in (givers or {request.requester}) and power.given_at >= request.at

    def digest_of(self, request: Request) -> Digest:
        if request.status != "pending":
            return request.digest
        return (request.version.content, request.origin, request.target, self.policies[request.target])

    def places(self, request: Request) -> list[str]:
        policy = self.policies[request.target]
        return [] if request.asked_by in policy.release else policy.places(request.jumps)

    def why_not(self, request: Request, name: str) -> str:
        person = self.people[name]
        if person.principal == request.requester:
            return "own-request"
        if not self.decides(name) or self.given_since(request, person.power):
            return "not-eligible"
        return "not-eligible" if self.policies[request.target].exclude and person.principal == request.version.editor else ""

    def groups_of(self, request: Request, name: str) -> set[str]:
        return {"risk"} if name in self.risk and not self.given_since(request, self.risk[name]) else set()

    def why_not_counted(self, request: Request, name: str, away: str = "") -> str:
        if reason := self.why_not(request, name) or (self.why_not(request, away) if away else ""):
            return reason
        places = self.places(request)
        only_groups = bool(places) and "anyone" not in places
        return "not-eligible" if only_groups and not self.groups_of(request, away or self.people[name].principal) else ""

    def missing(self, request: Request) -> int:
        digest = self.digest_of(request)
        votes = [vote for vote in request.approvals if vote.digest == digest]
        people = {vote.away or vote.principal for vote in votes if not self.why_not_counted(request, vote.by, vote.away)}
        return empty_places(self.places(request), [self.groups_of(request, name) for name in people])

    def report_counts(self, request: Request, by: str, pinned: str) -> bool:
        if pinned:
            return by == pinned
        person = self.people[by]
        return person.principal != request.requester and not (self.decides(by) and self.given_since(request, person.power))

    def last_report(self, request: Request, name: str, pinned: str) -> Report | None:
        counting = [
            report
            for report in request.reports
            if report.name == name
            and report.content == request.version.content
            and self.report_counts(request, report.by, pinned)
        ]
        return counting[-1] if counting else None

    def ready(self, request: Request) -> bool:
        last = [self.last_report(request, *check) for check in self.policies[request.target].checks]
        return not self.missing(request) and all(report and report.status == "passed" for report in last)

    def jump_refused(self, request: Request) -> str:
        rule = self.policies[request.target].skips
        if request.jumps and rule == "forbid":
            return "skip-forbidden"
        return "comment-required" if request.jumps and rule == "comment" and not request.comment else ""

    def apply_if_ready(self, request: Request, by: str) -> None:
        if request.version.lock == "open" and self.ready(request) and not self.jump_refused(request):
            released = request.asked_by in self.policies[request.target].release
            approved = "approved" if self.places(request) else "release account" if released else "not required by policy"
            self.apply(request, by, approved)

    def apply(self, request: Request, by: str, effect: str) -> None:
        request.digest = self.digest_of(request)
        request.status, request.effect, request.ended_by = "applied", effect, self.people[by].principal
        request.version.stage = request.target
        request.version.was_in_production |= request.target == "production"

    def register(self, by: str) -> None:
        self.versions.append(Version(editor=self.member(by, "editor").principal))

    def living(self, version: Version) -> None:
        if version.deleted:
            raise Refused("not-found")

    def ask(self, version: Version, target: str, by: str, comment: str = "") -> Request:
        self.living(version)
        person = self.member(by, "editor")
        waiting = [request for request in self.requests if request.version is version and request.status == "pending"]
        if any(not request.over for request in waiting):
            raise Refused("already-pending")
        if version.stage == target:
            raise Refused("same-stage")
        if version.lock != "open":
            raise Refused("version-locked")
        request = Request(version, version.stage, target, by, person.principal, self.clock + 1, comment)
        if reason := self.jump_refused(request):
            raise Refused(reason)
        self.clock += 1
        self.sweep(waiting)
        self.requests.append(request)
        self.apply_if_ready(request, by)
        return request

    def check_open(self, request: Request) -> None:
        if request.status != "pending" or request.over:
            raise Refused("not-pending")

    def own_vote(self, request: Request, by: str) -> Vote | None:
        key = (self.people[by].principal, self.digest_of(request))
        return next((vote for vote in request.approvals if (vote.principal, vote.digest) == key), None)

    def stands_in_for(self, request: Request, by: str) -> list[str]:
        held = [gone for gone, other in self.away if other == by and self.people[gone].active]
        return [gone for gone in held if not self.why_not_counted(request, by, gone)]

    def may_review(self, request: Request, by: str, away: str = "") -> str:
        """In whose name they decide; nobody's but their own, for the empty one."""
        self.check_open(request)
        names = self.stands_in_for(request, by)
        own = self.why_not_counted(request, by)
        if away and away not in names:
            held = (away, by) in self.away and self.people[away].active
            raise Refused((self.why_not_counted(request, by, away) if held else own) or "not-eligible")
        if own and not away and not names:
            raise Refused(own)
        return away or (names[0] if own else "")

    def approve(self, request: Request, by: str, seen: Digest | None = None, away: str = "") -> None:
        person, digest, mine = self.member(by, "viewer"), self.digest_of(request), self.own_vote(request, by)
        if mine and away in ("", mine.away):
            waits = request.status == "pending" and not request.over and not self.ready(request)
            if request.status == "applied" or (waits and not self.why_not_counted(request, mine.by, mine.away)):
                return
        name = self.may_review(request, by, away)
        if request.version.lock != "open":
            raise Refused("version-locked")
        if self.jump_refused(request):
            raise Refused("skip-forbidden")
        if mine and not self.ready(request):
            raise Refused("not-eligible")
        if seen is not None and seen != digest:
            raise Refused("digest-changed")
        if not mine:
            request.approvals.append(Vote(by, person.principal, digest, name))
        self.apply_if_ready(request, by)

    def reject(self, request: Request, by: str) -> None:
        person = self.member(by, "viewer")
        if request.status == "rejected" and request.ended_by == person.principal:
            return
        self.may_review(request, by)
        request.digest = self.digest_of(request)
        request.approvals = [vote for vote in request.approvals if vote != self.own_vote(request, by)]
        request.status, request.ended_by = "rejected", person.principal

    def withdraw(self, request: Request, by: str) -> None:
        self.member(by, "viewer")
        self.check_open(request)
        if not (mine := self.own_vote(request, by)):
            raise Refused("not-eligible")
        request.approvals.remove(mine)

    def revoke(self, request: Request, by: str) -> None:
        person = self.member(by, "viewer")
        if request.status == "revoked" and person.principal == request.requester:
            return
        self.check_open(request)
        if person.principal != request.requester:
            raise Refused("not-eligible")
        request.digest, request.status = self.digest_of(request), "revoked"

    def report(self, request: Request, name: str, status: str, by: str) -> None:
        self.member(by, "editor")
        self.check_open(request)
        required = dict(self.policies[request.target].checks)
        if name in required and not self.report_counts(request, by, required[name]):
            raise Refused("not-eligible")
        report = Report(name, by, status, request.version.content)
        before = [each for each in request.reports if (each.name, each.by) == (name, by)]
        if before and before[-1] == report:
            return
        request.reports.append(report)
        if name in required and self.last_report(request, name, required[name]) is report:
            self.apply_if_ready(request, by)

    def bypass(self, request: Request, by: str) -> None:
        person = self.member(by, "viewer")
        self.check_open(request)
        named = by == person.principal and person.role in self.policies[request.target].glass
        if not self.decides(by) or not named or self.given_since(request, person.power):
            raise Refused("not-eligible")
        if request.version.lock != "open":
            raise Refused("version-locked")
        self.apply(request, by, "break-glass")

    def sign_off(self, request: Request, by: str) -> None:
        person = self.member(by, "viewer")
        alone = {request.requester, request.ended_by}
        if request.effect != "break-glass" or request.signed or not self.decides(by) or person.principal in alone:
            raise Refused("not-eligible")
        if self.given_since(request, person.power, alone):
            raise Refused("not-eligible")
        request.signed = True

    def sweep(self, among: list[Request] | None = None) -> None:
        for request in self.requests if among is None else among:
            if request.status == "pending" and request.over:
                request.digest, request.status = self.digest_of(request), "expired"

    def bound(self, version: Version, person: Person) -> None:
        if version.lock == "closed" or (version.lock == "redact" and person.role != "admin"):
            raise Refused("version-locked")

    def edit(self, version: Version, content: int, by: str) -> None:
        self.living(version)
        person = self.member(by, "editor")
        if content == version.content:
            return
        self.bound(version, person)
        if version.stage == "production":
            raise Refused("protected")
        version.content, version.editor = content, person.principal

    def set_lock(self, version: Version, level: str, by: str) -> None:
        self.living(version)
        person = self.member(by, "editor")
        if LOCKS.index(level) < LOCKS.index(version.lock) and person.role != "admin":
            raise Refused("forbidden")
        version.lock = level

    def delete(self, version: Version, by: str) -> None:
        self.living(version)
        person = self.member(by, "editor")
        if version.stage in PROTECTED or version.was_in_production:
            raise Refused("protected")
        self.bound(version, person)
        for request in self.requests:
            if request.version is version and request.status == "pending":
                request.digest, request.status = self.digest_of(request), "superseded"
        version.deleted = True
