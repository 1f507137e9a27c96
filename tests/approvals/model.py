"""The rules of the approval cycle once more, as small as they can be said: what the services are compared with.

Nothing of the application is imported. People, versions and requests are plain objects; a refusal is the code that callers see.
"""

from dataclasses import dataclass, field

ORDER = ["unassigned", "development", "staging", "production", "archived"]
PROTECTED = {"staging", "production"}
RANK = {"viewer": 0, "editor": 1, "admin": 2}
LOCKS = ["open", "redact", "closed"]


class Refused(Exception):
    """Not done; the code says why."""


@dataclass
class Person:
    role: str
    principal: str
    given_by: str = "operator"
    given_at: int = 0
    active: bool = True


@dataclass
class Version:
    editor: str
    content: int = 0
    stage: str = "unassigned"
    lock: str = "open"
    deleted: bool = False
    was_in_production: bool = False


@dataclass
class Request:
    version: Version
    origin: str
    target: str
    requester: str
    at: int
    status: str = "pending"
    digest: tuple[object, ...] = ()
    approvals: dict[tuple[str, tuple[object, ...]], str] = field(default_factory=dict)  # (principal, digest) -> user
    rejected_by: str = ""


@dataclass
class Rules:
    """The state of one workspace. Every method is one service: it does it, or raises Refused."""

    people: dict[str, Person]
    policies: dict[str, tuple[int, bool]]
    versions: list[Version] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    clock: int = 0

    def member(self, name: str, needed: str) -> Person:
        person = self.people[name]
        if not person.active or not self.people[person.principal].active:
            raise Refused("not-found")
        if RANK[person.role] < RANK[needed]:
            raise Refused("forbidden")
        return person

    def digest_of(self, request: Request) -> tuple[object, ...]:
        if request.status != "pending":
            return request.digest
        return (request.version.content, request.origin, request.target, self.policies[request.target])

    def why_not_counted(self, request: Request, name: str) -> str:
        person = self.people[name]
        if person.principal == request.requester:
            return "own-request"
        if not person.active or not self.people[person.principal].active or person.role == "viewer":
            return "not-eligible"
        if person.given_by == request.requester and person.given_at >= request.at:
            return "not-eligible"
        if self.policies[request.target][1] and person.principal == request.version.editor:
            return "not-eligible"
        return ""

    def missing(self, request: Request) -> int:
        digest = self.digest_of(request)
        given = [by for (_, seen), by in request.approvals.items() if seen == digest and not self.why_not_counted(request, by)]
        return max(0, self.policies[request.target][0] - len(given))

    def register(self, by: str) -> None:
        self.versions.append(Version(editor=self.member(by, "editor").principal))

    def living(self, version: Version) -> None:
        if version.deleted:
            raise Refused("not-found")

    def ask(self, version: Version, target: str, by: str) -> Request:
        self.living(version)
        person = self.member(by, "editor")
        if any(request.version is version and request.status == "pending" for request in self.requests):
            raise Refused("already-pending")
        if version.stage == target:
            raise Refused("same-stage")
        if version.lock != "open":
            raise Refused("version-locked")
        self.clock += 1
        request = Request(version, version.stage, target, person.principal, self.clock)
        self.requests.append(request)
        if self.policies[target][0] == 0:
            self.apply(request)
        return request

    def apply(self, request: Request) -> None:
        request.digest = self.digest_of(request)
        request.status, request.version.stage = "applied", request.target
        request.version.was_in_production |= request.target == "production"

    def approve(self, request: Request, by: str, seen: tuple[object, ...] | None = None) -> None:
        person, digest = self.member(by, "viewer"), self.digest_of(request)
        mine = request.approvals.get((person.principal, digest))
        counts = mine and not self.why_not_counted(request, mine)
        if mine and (request.status == "applied" or (request.status == "pending" and counts and self.missing(request))):
            return
        self.may_review(request, by)
        if request.version.lock != "open":
            raise Refused("version-locked")
        if mine and self.missing(request):
            raise Refused("not-eligible")
        if seen is not None and seen != digest:
            raise Refused("digest-changed")
        request.approvals.setdefault((person.principal, digest), by)
        if not self.missing(request):
            self.apply(request)

    def may_review(self, request: Request, by: str) -> None:
        if request.status != "pending":
            raise Refused("not-pending")
        if reason := self.why_not_counted(request, by):
            raise Refused(reason)

    def reject(self, request: Request, by: str) -> None:
        person = self.member(by, "viewer")
        if request.status == "rejected" and request.rejected_by == person.principal:
            return
        self.may_review(request, by)
        request.digest = self.digest_of(request)
        request.approvals.pop((person.principal, request.digest), None)
        request.status, request.rejected_by = "rejected", person.principal

    def withdraw(self, request: Request, by: str) -> None:
        person = self.member(by, "viewer")
        if request.status != "pending":
            raise Refused("not-pending")
        if (person.principal, self.digest_of(request)) not in request.approvals:
            raise Refused("not-eligible")
        del request.approvals[person.principal, self.digest_of(request)]

    def revoke(self, request: Request, by: str) -> None:
        person = self.member(by, "viewer")
        if request.status == "revoked" and person.principal == request.requester:
            return
        if request.status != "pending":
            raise Refused("not-pending")
        if person.principal != request.requester:
            raise Refused("not-eligible")
        request.digest, request.status = self.digest_of(request), "revoked"

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

    def set_policy(self, stage: str, required: int, exclude: bool, by: str) -> None:
        self.member(by, "admin")
        self.policies[stage] = (required, exclude)

    def set_role(self, name: str, role: str, by: str) -> None:
        giver, person = self.member(by, "admin"), self.people[name]
        if not person.active:
            raise Refused("not-found")
        if person.role == role:
            return
        people = [each for known, each in self.people.items() if each.principal == known and each.active]
        if person.role == "admin" and not any(each.role == "admin" and each is not person for each in people):
            raise Refused("conflict")
        self.clock += 1
        person.role, person.given_by, person.given_at = role, giver.principal, self.clock

    def let_go(self, name: str) -> None:
        self.people[name].active = False

    def take_back(self, name: str) -> None:
        self.people[name].active = True
