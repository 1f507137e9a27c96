"""What a stage change would mean, told before anybody asks for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import Membership, User
from activity import clock
from approvals.models import StageChangeRequest
from approvals.requirements import eligible
from approvals.rules import Situation
from approvals.situations import current_digest
from registry.lifecycle import direction, skipped_stages
from registry.models import ModelVersion, Stage


@dataclass(frozen=True)
class Preview:
    """A move that nobody asked for yet: who would be asked, how many must agree; `digest` stands for all of it."""

    from_stage: Stage
    to_stage: Stage
    direction: str
    skipped_stages: list[Stage]
    eligible: list[Membership]
    approvals_required: int
    digest: str

    @property
    def at_once(self) -> bool:
        """Whether asking puts it into effect."""
        return self.approvals_required == 0

    @property
    def too_few(self) -> bool:
        """Whether there are not enough people who may approve it."""
        return len({member.user.principal_id for member in self.eligible}) < self.approvals_required


def preview_of(version: ModelVersion, stages: Iterable[Stage], to: Stage, requester: User) -> Preview:
    """Return what the move of a version to a stage would be, asked by this person now. Nothing is written; one query."""
    by_key = {stage.key: stage for stage in stages}
    asked = StageChangeRequest(
        version=version,
        from_stage=by_key[version.stage],
        to_stage=to,
        direction=direction(by_key.values(), version.stage, to.key),
        skipped_stages=skipped_stages(by_key.values(), version.stage, to.key),
        requester=requester,
        requester_principal_id=requester.principal_id,
        created_at=clock.now(),
    )
    members = Membership.objects.who_decide().filter(workspace_id=version.model.workspace_id).select_related("user")
    situation = Situation(asked, to.policy, current_digest(asked), (), {member.user_id: member for member in members})
    return Preview(
        from_stage=asked.from_stage,
        to_stage=to,
        direction=asked.direction,
        skipped_stages=[by_key[key] for key in asked.skipped_stages],
        eligible=sorted(eligible(situation), key=lambda member: member.user.display_name.casefold()),
        approvals_required=situation.policy.approvals_required,
        digest=situation.digest,
    )
