"""What a stage demands of a move into it."""

from rest_framework.request import Request
from rest_framework.response import Response

from activity.errors import NotFound
from approvals.models import StagePolicy
from approvals.serializers.policies import PolicyOutcomeSerializer, ProposalSerializer, SetPolicy
from approvals.services import set_policy
from approvals.services.policies import PolicyOutcome
from config.endpoint import Endpoint, Json
from config.operation import operation
from registry.lookup import find_workspace
from registry.serializers import PolicySerializer


class Policy(Endpoint):
    """The policy of a stage."""

    @operation("read_policy", answer=PolicySerializer)
    def get(self, request: Request, ws: str, key: str) -> Response:
        """Read what a move into a stage demands."""
        return self.show(_policy_body(self._find(ws, key)))

    @operation("set_policy", body=SetPolicy, answer=PolicyOutcomeSerializer, has_etag=True)
    def put(self, request: Request, ws: str, key: str) -> Response:
        """Set what a move into a stage demands; what is left out goes back to its default. For admins.

        It counts from the next decision on, and approvals given under another policy are void. To ask for less than before takes a
        second admin, where there is one: then the answer is 202 and `proposal` waits for them.
        """
        policy, sent = self._find(ws, key), self.sent
        revision = self.expected(policy.revision)
        changes = {"exclude_last_editor": policy.stage.protected} | sent
        return self.change(
            lambda: set_policy(stage_id=policy.stage_id, by=self.by, changes=changes, revision=revision),
            _outcome_body,
            status=lambda outcome: 202 if outcome.proposal else 200,
        )

    def _find(self, ws: str, key: str) -> StagePolicy:
        workspace = find_workspace(self.request.user, ws)
        policy = StagePolicy.objects.select_related("stage").filter(stage__workspace=workspace, stage__key=key).first()
        if policy is None:
            raise NotFound(f"There is no stage “{key}” in this workspace. Check the address.")
        return policy


def _policy_body(policy: StagePolicy) -> Json:
    return dict(PolicySerializer(policy).data)


def _outcome_body(outcome: PolicyOutcome) -> Json:
    proposal = ProposalSerializer(outcome.proposal).data if outcome.proposal else None
    return _policy_body(outcome.policy) | {"proposal": proposal}
