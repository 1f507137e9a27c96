"""What a stage change would mean, told before anybody asks for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Membership, User
from activity import clock
from approvals.eligibility import Situation
from approvals.errors import CommentRequired, SkipForbidden
from approvals.models import StageChangeRequest, StagePolicy
from approvals.obstacles import check_skip
from approvals.quorum import Need
from approvals.requirements import eligible, too_few
from approvals.situations import current_digest, incumbents_for, read_groups
from registry.deciders import read_deciders
from registry.incumbents import Incumbent
from registry.lifecycle import ACTIVE, flags_of_move
from registry.models import ModelVersion, Stage, StageAssignment

NAMED = 5  # so many holders are named


@dataclass(frozen=True)
class Preview:
    """A move that nobody asked for yet: who would be asked, how many must agree; `digest` stands for all of it.

    `incumbents` make room for it; `others` hold the stage too and stay, unless it is asked that they be archived.
    `obstacle` is the sentence by which asking would be refused, when it would be whatever the comment says.
    """

    from_stage: Stage
    to_stage: Stage
    direction: str
    skipped_stages: list[Stage]
    eligible: list[Membership]
    policy: StagePolicy
    need: Need
    released: bool
    too_few: bool
    obstacle: str
    digest: str
    incumbents: tuple[Incumbent, ...]
    archive_incumbents: bool
    others: list[StageAssignment]
    expires_at: datetime | None

    @property
    def approvals_required(self) -> int:
        """How many people must agree."""
        return self.need.total

    @property
    def at_once(self) -> bool:
        """Whether asking puts it into effect."""
        return self.need.total == 0 and not self.policy.required_checks

    @property
    def groups(self) -> list[tuple[str, int]]:
        """How many of them must come from which group."""
        return sorted(self.need.groups.items())

    @property
    def one_more(self) -> bool:
        """Whether the policy asks for one approval more, because stages are skipped."""
        skips = bool(self.skipped_stages) and not self.released
        return skips and self.policy.skip_rule == StagePolicy.SkipRule.EXTRA_APPROVAL

    @property
    def needs_comment(self) -> bool:
        """Whether the policy wants to know why stages are skipped."""
        return bool(self.skipped_stages) and self.policy.skip_rule == StagePolicy.SkipRule.COMMENT


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
    return _preview(asked, [by_key[key] for key in skipped])


def _preview(asked: StageChangeRequest, skipped: list[Stage]) -> Preview:
    situation, to = _situation(asked), asked.to_stage
    return Preview(
        from_stage=asked.from_stage,
        to_stage=to,
        direction=asked.direction,
        skipped_stages=skipped,
        eligible=sorted(eligible(situation), key=lambda member: member.user.display_name.casefold()),
        policy=to.policy,
        need=situation.need,
        released=situation.released,
        too_few=too_few(situation),
        obstacle=_obstacle(situation),
        digest=situation.digest,
        incumbents=situation.incumbents,
        archive_incumbents=asked.archive_incumbents,
        others=_others(asked.version, to),
        expires_at=_expires(asked, to.policy),
    )


def _expires(asked: StageChangeRequest, policy: StagePolicy) -> datetime | None:
    return asked.created_at + timedelta(days=policy.expires_after_days) if policy.expires_after_days else None


def _situation(asked: StageChangeRequest) -> Situation:
    workspace_id, policy = asked.to_stage.workspace_id, asked.to_stage.policy
    (incumbents,) = incumbents_for([asked])
    deciders = read_deciders([asked.version.model])[asked.version.model_id]
    return Situation(
        asked,
        policy,
        current_digest(asked, incumbents),
        (),
        deciders.members,
        incumbents,
        shares=deciders.shares,
        groups=read_groups([policy]).get(workspace_id, {}),
    )


def _others(version: ModelVersion, to: Stage) -> list[StageAssignment]:
    """Who holds a stage that takes several, the newest first; a few of them."""
    if to.exclusive or to.kind not in ACTIVE:
        return []
    held = StageAssignment.objects.now().filter(model=version.model_id, stage=to, version__deleted_at=None)
    return list(held.exclude(version=version).select_related("version").order_by("-entered_at", "-pk")[:NAMED])


def _obstacle(situation: Situation) -> str:
    try:
        check_skip(situation)
    except SkipForbidden as refused:
        return refused.detail.replace(", so nothing was done", "")
    except CommentRequired:
        pass
    return ""
