"""What the demo's people do, each through the service that a page or the API would call."""

from dataclasses import dataclass, field
from datetime import timedelta

from accounts.caller import Caller, expanded
from accounts.models import ApiToken, User
from accounts.services import delegate_decisions
from activity import clock
from approvals import services as approvals
from config.demo.diary import Entry
from config.demo.weights import Model, Weights
from registry import services as registry
from registry.models import ModelVersion

IN_ITS_PLACE = "in its place"  # the facts of a request after which whoever holds the stage is archived


@dataclass
class Cast:
    """Who acts and on what: filled as the history is played."""

    people: dict[str, User]
    tokens: dict[str, ApiToken]
    published: dict[str, Model]
    workspace_of: dict[str, int]
    models: dict[str, int] = field(default_factory=dict)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    requests: dict[tuple[str, str], int] = field(default_factory=dict)

    def page(self, entry: Entry) -> Caller:
        """The person of an entry, in their browser."""
        return Caller(self.people[entry.who], "page")

    def pipeline(self, entry: Entry) -> Caller:
        """The person of an entry, through their pipeline's token where they have one."""
        token = self.tokens.get(entry.who)
        return Caller(token.user, "api", token, expanded(token.scopes)) if token else self.page(entry)

    def weights(self, entry: Entry) -> Weights:
        """The published facts of the version of an entry."""
        return next(weights for weights in self.published[entry.model].versions if weights.name == entry.version)

    def version_id(self, entry: Entry) -> int:
        """The id of the version of an entry."""
        return self.versions[entry.model, entry.version]

    def request_id(self, entry: Entry) -> int:
        """The id of the latest request for the version of an entry."""
        return self.requests[entry.model, entry.version]


def register(cast: Cast, entry: Entry) -> None:
    """Register a version, and its model before the first."""
    model = cast.published[entry.model]
    if entry.model not in cast.models:
        label, sentence = model.family
        made = registry.register_model(
            workspace_id=cast.workspace_of[entry.model],
            name=model.name,
            description=sentence,
            readme=model.readme,
            labels=[label, "image-classification"],
            by=cast.page(entry),
        )
        cast.models[entry.model] = made.pk
    version = registry.register_version(model_id=cast.models[entry.model], by=cast.pipeline(entry), **cast.weights(entry).fields)
    cast.versions[entry.model, entry.version] = version.pk


def ask(cast: Cast, entry: Entry) -> None:
    """Ask for a stage change; without words of their own, people say what the figures say."""
    says = remark(cast.published[entry.model], cast.weights(entry), entry.to) if entry.says is None else entry.says
    change_request = approvals.request_stage_change(
        version_id=cast.version_id(entry),
        to_stage=entry.to,
        comment=says,
        archive_incumbents=entry.facts == IN_ITS_PLACE,
        by=cast.page(entry),
    )
    cast.requests[entry.model, entry.version] = change_request.pk


def remark(model: Model, weights: Weights, to: str) -> str:
    """Return what the figures say for a move: the accuracy, and how it compares with the version before."""
    if to in ("development", "archived") or not weights.accuracy:
        return ""
    position = model.versions.index(weights)
    text = f"{weights.accuracy:.1f} % acc@1 on ImageNet-1K at {weights.facts['gflops']:g} GFLOPS"
    if position and (before := model.versions[position - 1]).accuracy:
        text += f", {weights.accuracy - before.accuracy:+.1f} points against {before.name}"
    return f"{text}."


def approve(cast: Cast, entry: Entry) -> None:
    """Approve the latest request."""
    approvals.approve_stage_change(change_request_id=cast.request_id(entry), comment=entry.says or "", by=cast.page(entry))


def reject(cast: Cast, entry: Entry) -> None:
    """Reject the latest request, saying why."""
    approvals.reject_stage_change(change_request_id=cast.request_id(entry), comment=entry.says or "", by=cast.page(entry))


def withdraw(cast: Cast, entry: Entry) -> None:
    """Take back one's approval of the latest request."""
    approvals.withdraw_approval(change_request_id=cast.request_id(entry), comment=entry.says or "", by=cast.page(entry))


def revoke(cast: Cast, entry: Entry) -> None:
    """Take back one's own latest request."""
    approvals.revoke_stage_change(change_request_id=cast.request_id(entry), comment=entry.says or "", by=cast.page(entry))


def break_glass(cast: Cast, entry: Entry) -> None:
    """Put the latest request into effect alone."""
    approvals.bypass_stage_change(change_request_id=cast.request_id(entry), comment=entry.says or "", by=cast.page(entry))


def sign_off(cast: Cast, entry: Entry) -> None:
    """Look, as a second person, at what was put into effect alone."""
    approvals.sign_off_bypass(change_request_id=cast.request_id(entry), comment=entry.says or "", by=cast.page(entry))


def report(cast: Cast, entry: Entry) -> None:
    """Report how checks of the latest request went, by name: each has passed or failed, and a summary."""
    for name, (status, summary) in entry.facts.items():
        approvals.report_check(
            change_request_id=cast.request_id(entry), name=name, status=status, summary=summary, by=cast.pipeline(entry)
        )


def stand_in(cast: Cast, entry: Entry) -> None:
    """Let a colleague decide for some days from now on: their user name and the number of days are the facts."""
    username, days = entry.facts
    delegate_decisions(
        delegate_id=cast.people[username].pk,
        ends_at=clock.now() + timedelta(days=days),
        reason=entry.says or "",
        by=cast.page(entry),
    )


def discuss(cast: Cast, entry: Entry) -> None:
    """Say something about the latest request."""
    approvals.add_comment(
        version_id=cast.version_id(entry),
        change_request_id=cast.request_id(entry),
        body=entry.says or "",
        by=cast.page(entry),
    )


def note(cast: Cast, entry: Entry) -> None:
    """Say something about a version."""
    approvals.add_comment(version_id=cast.version_id(entry), body=entry.says or "", by=cast.page(entry))


def add_attributes(cast: Cast, entry: Entry) -> None:
    """Add to a version's attributes, which are governed content: approvals given before are void."""
    attributes = ModelVersion.objects.values_list("attributes", flat=True).get(pk=cast.version_id(entry))
    registry.edit_version(
        version_id=cast.version_id(entry), changes={"attributes": attributes | entry.facts}, by=cast.page(entry)
    )


def lock(cast: Cast, entry: Entry) -> None:
    """Set the lock of a version."""
    registry.lock_version(version_id=cast.version_id(entry), level=ModelVersion.Lock(entry.facts), by=cast.page(entry))


def archive_model(cast: Cast, entry: Entry) -> None:
    """Put a model away."""
    registry.archive_model(model_id=cast.models[entry.model], by=cast.page(entry))
