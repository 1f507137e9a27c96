"""What a stage change would mean, told before anybody asks for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from accounts.models import Membership, User
from activity import clock
from approvals.models import StageChangeRequest
from approvals.requirements import eligible
from approvals.rules import Situation
from approvals.situations import current_digest, incumbents_for
from registry.incumbents import Incumbent
from registry.lifecycle import ACTIVE, flags_of_move
from registry.models import ModelVersion, Stage, StageAssignment

NAMED = 5  # so many holders are named


@dataclass(frozen=True)
class Preview:
    """A move that nobody asked for yet: who would be asked, how many must agree; `digest` stands for all of it.

    `incumbents` make room for it; `others` hold the stage too and stay, unless it is asked that they be archived.
    """

    from_stage: Stage
    to_stage: Stage
    direction: str
    skipped_stages: list[Stage]
    eligible: list[Membership]
    approvals_required: int
    digest: str
    incumbents: tuple[Incumbent, ...]
    archive_incumbents: bool
    others: list[StageAssignment]

    @property
    def at_once(self) -> bool:
        """Whether asking puts it into effect."""
        return self.approvals_required == 0

    @property
    def too_few(self) -> bool:
        """Whether there are not enough people who may approve it."""
        return len({member.user.principal_id for member in self.eligible}) < self.approvals_required


def preview_of(
    version: ModelVersion,
    stages: Iterable[Stage],
    to: Stage,
    requester: User,
    held: Collection[str] = (),
    archive_incumbents: bool = False,
) -> Preview:
    """Return what the move of a version to a stage would be, asked by this person now; `held` are the keys of what it holds.

    Nothing is written; two queries, two more where somebody makes room.
    """
    by_key = {stage.key: stage for stage in stages}
    here = by_key[version.stage]
    direction, skipped = flags_of_move(by_key.values(), here, to, held, multi_hold=to.workspace.multi_hold)
    asked = StageChangeRequest(
        version=version,
        from_stage=here,
        to_stage=to,
        direction=direction,
        skipped_stages=skipped,
        archive_incumbents=archive_incumbents and to.kind in ACTIVE,
        requester=requester,
        requester_principal_id=requester.principal_id,
        created_at=clock.now(),
    )
    situation = _situation(asked)
    return Preview(
        from_stage=asked.from_stage,
        to_stage=to,
        direction=asked.direction,
        skipped_stages=[by_key[key] for key in asked.skipped_stages],
        eligible=sorted(eligible(situation), key=lambda member: member.user.display_name.casefold()),
        approvals_required=situation.policy.approvals_required,
        digest=situation.digest,
        incumbents=situation.incumbents,
        archive_incumbents=asked.archive_incumbents,
        others=_others(version, to),
    )


def _situation(asked: StageChangeRequest) -> Situation:
    members = Membership.objects.who_decide().filter(workspace_id=asked.to_stage.workspace_id).select_related("user")
    (incumbents,) = incumbents_for([asked])
    people = {member.user_id: member for member in members}
    return Situation(asked, asked.to_stage.policy, current_digest(asked, incumbents), (), people, incumbents)


def _others(version: ModelVersion, to: Stage) -> list[StageAssignment]:
    """Who holds a stage that takes several, the newest first; a few of them."""
    if to.exclusive or to.kind not in ACTIVE:
        return []
    held = StageAssignment.objects.now().filter(model=version.model_id, stage=to, version__deleted_at=None)
    return list(held.exclude(version=version).select_related("version").order_by("-entered_at", "-pk")[:NAMED])
