"""Stage change requests: looked at, decided on, waited for."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Optional

from stageward.errors import NotApplied, StillWaiting
from stageward.records import Fact, Record, moment, moment_or_none

PENDING, APPLIED = "pending", "applied"
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 1.0, 15.0, 1.5


class StageChangeRequest(Record):
    """Somebody asks to move a version to a stage.

    It is what you saw when it was read, and that is what you decide on: `approve()` and `reject()` send its digest, and are refused when
    the content has changed since. `refresh()` looks again, `wait()` waits for its end.
    """

    id = Fact[int]()
    workspace = Fact[str]()
    model = Fact[str]()
    version = Fact[int]()
    version_name = Fact[str]()
    from_stage = Fact[str]()
    to_stage = Fact[str]()
    direction = Fact[str]()
    skipped_stages = Fact["list[str]"]()
    archive_incumbents = Fact[bool]()
    incumbents = Fact["list[dict[str, Any]]"]()
    status = Fact[str]()
    requester = Fact[str]()
    comment = Fact[str]()
    created_at = Fact[datetime](moment)
    expires_at = Fact[Optional[datetime]](moment_or_none)
    digest = Fact[str]()
    requirements = Fact["list[dict[str, Any]]"]()
    reviews = Fact["list[dict[str, Any]]"]()
    checks = Fact["list[dict[str, Any]]"]()
    decided_by = Fact[Optional[str]]()
    decided_at = Fact[Optional[datetime]](moment_or_none)
    closing_comment = Fact[str]()
    effect = Fact[str]()
    available_actions = Fact["list[str]"]()
    url = Fact[str]()

    def __repr__(self) -> str:
        return f"<StageChangeRequest {self.id}: {self.model} {self.version_name} to {self.to_stage}, {self.status}>"

    @property
    def is_pending(self) -> bool:
        """Whether it still waits, as far as was read."""
        return self.status == PENDING

    @property
    def is_applied(self) -> bool:
        """Whether it took effect, as far as was read."""
        return self.status == APPLIED

    @property
    def waits_for(self) -> list[str]:
        """What it still needs, a sentence for each."""
        return [str(each["detail"]) for each in self.requirements if each["status"] == "unsatisfied"]

    @property
    def sentence(self) -> str:
        """How it stands, in one sentence."""
        what = f"Stage change request {self.id} ({self.model} {self.version_name} to {self.to_stage})"
        if self.is_pending:
            needs = "; ".join(self.waits_for)
            return f"{what} waits{f': {needs}' if needs else ''}. {self.url}"
        by = f" by {self.decided_by}" if self.decided_by and self.status != "expired" else ""
        said = f": {self.closing_comment}" if self.closing_comment else ""
        how = f" ({self.effect})" if self.effect not in ("", "approved") else ""
        return f"{what} was {self.status}{by}{how}{said}".rstrip(".") + "."

    def as_seen(self, digest: str) -> StageChangeRequest:
        """Return it as it was seen earlier, to decide on that content alone."""
        return StageChangeRequest(self._session, {**self.facts, "digest": digest})

    def approve(self, comment: str = "", *, on_behalf_of: str | None = None) -> StageChangeRequest:
        """Approve what was read. With the last approval that is needed, the change takes effect at once."""
        return self._decide("approve", comment, on_behalf_of)

    def reject(self, comment: str, *, on_behalf_of: str | None = None) -> StageChangeRequest:
        """Reject what was read, and say why. One rejection ends the request."""
        return self._decide("reject", comment, on_behalf_of)

    def withdraw(self, comment: str = "") -> StageChangeRequest:
        """Take back your own approval, while it is pending."""
        return self._do("withdraw", {"comment": comment})

    def revoke(self, comment: str = "") -> StageChangeRequest:
        """Take back your own request, while it is pending."""
        return self._do("revoke", {"comment": comment})

    def bypass(self, reason: str) -> StageChangeRequest:
        """Break the glass: put it into effect alone, where the policy lets your role. It is marked everywhere."""
        return self._do("bypass", {"comment": reason, "digest": self.digest})

    def sign_off(self, comment: str = "") -> StageChangeRequest:
        """Say that you looked at what somebody put into effect alone."""
        return self._do("sign-off", {"comment": comment})

    def add_comment(self, comment: str) -> StageChangeRequest:
        """Say something about it, whatever its status."""
        return self._do("comment", {"comment": comment})

    def report_check(self, name: str, status: str, *, url: str = "", summary: str = "") -> StageChangeRequest:
        """Report how a check went: `pending`, `passed` or `failed`. With the last that is needed, the change takes effect."""
        return self._do("checks", {"name": name, "status": status, "url": url, "summary": summary})

    def wait(self, timeout: float | None = None, *, check: bool = True, every: float = FIRST_PAUSE) -> StageChangeRequest:
        """Wait until it has ended, and return it.

        Asks again after `every` seconds, then less and less often. Raises StillWaiting after `timeout` seconds: it stays filed, so wait
        again, or come back later. Raises NotApplied when it ended without effect, unless `check` is false.
        """
        began, pause = time.monotonic(), every
        facts, etag = self._session.get_unless(self._path, None)
        self._take(facts)
        while self.is_pending:
            left = float("inf") if timeout is None else began + timeout - time.monotonic()
            if left <= 0:
                raise StillWaiting(self.sentence, self)
            time.sleep(min(pause, left))
            pause = min(pause * GROWTH, LONGEST_PAUSE)
            facts, etag = self._session.get_unless(self._path, etag)
            if facts is not None:
                self._take(facts)
        return self.require_effect() if check else self

    def require_effect(self) -> StageChangeRequest:
        """Return it when it took effect. Raises StillWaiting, NotApplied."""
        if self.is_pending:
            raise StillWaiting(self.sentence, self)
        if not self.is_applied:
            raise NotApplied(self.sentence, self)
        return self

    @property
    def _path(self) -> str:
        return f"stage-change-requests/{self._facts['id']}"

    def _decide(self, action: str, comment: str, on_behalf_of: str | None) -> StageChangeRequest:
        body = {"comment": comment, "digest": self.digest}
        return self._do(action, {**body, "on_behalf_of": on_behalf_of} if on_behalf_of else body)

    def _do(self, action: str, body: dict[str, Any]) -> StageChangeRequest:
        self._take(self._session.post(f"{self._path}/{action}", body))
        return self
