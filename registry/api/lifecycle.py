"""The stages of a workspace."""

from collections.abc import Callable

from rest_framework.request import Request
from rest_framework.response import Response

from approvals.serializers.policies import ProposalSerializer
from config.endpoint import Endpoint, Json
from config.operation import operation, page_of
from config.serializers import ListQuery
from registry.api.bodies import AddStage, EditStage
from registry.lookup import find_stage, find_workspace
from registry.models import Proposal, Stage
from registry.serializers import StageOutcomeSerializer, StageSerializer
from registry.services import add_stage, edit_stage, restore_stage, retire_stage


class Stages(Endpoint):
    """A workspace's stages."""

    @operation("list_stages", answer=page_of(StageSerializer), query=ListQuery)
    def get(self, request: Request, ws: str) -> Response:
        """List a workspace's stages in order, retired ones too."""
        stages = Stage.objects.filter(workspace=find_workspace(request.user, ws)).select_related("policy")
        return self.page(stages, lambda rows: StageSerializer(rows, many=True).data, ("position", "id"))

    @operation("add_stage", body=AddStage, answer=StageSerializer, status=201)
    def post(self, request: Request, ws: str) -> Response:
        """Add a stage, by default before the archived ones. For admins."""
        workspace, sent = find_workspace(request.user, ws), self.sent
        return self.change(
            lambda: add_stage(workspace_id=workspace.pk, by=self.by, **sent),
            _body,
            status=201,
            location=lambda body: f"{request.path}/{body['key']}",
        )


class OneStage(Endpoint):
    """A stage."""

    @operation("change_stage", body=EditStage, answer=StageOutcomeSerializer)
    def patch(self, request: Request, ws: str, key: str) -> Response:
        """Change a stage's name, colour, position, protection or exclusiveness; its kind only while it was never used. For admins.

        To protect less takes a second admin, where there is one: then the answer is 202 and `proposal` waits for them.
        """
        stage, sent = find_stage(request.user, ws, key), self.sent
        return self.change(
            lambda: edit_stage(stage_id=stage.pk, changes=sent, by=self.by),
            _outcome_body,
            status=lambda outcome: 202 if isinstance(outcome, Proposal) else 200,
        )


class _Whole(Endpoint):
    """Taking a stage out, or in again."""

    def turn(self, ws: str, key: str, service: Callable[..., Stage]) -> Response:
        stage = find_stage(self.request.user, ws, key)
        return self.change(lambda: service(stage_id=stage.pk, by=self.by), _body)


class Retire(_Whole):
    """Taking a stage out."""

    @operation("retire_stage", answer=StageSerializer)
    def post(self, request: Request, ws: str, key: str) -> Response:
        """Retire a stage that nothing holds and nobody asks for; what held it stays readable. For admins."""
        return self.turn(ws, key, retire_stage)


class Restore(_Whole):
    """Taking a stage in again."""

    @operation("restore_stage", answer=StageSerializer)
    def post(self, request: Request, ws: str, key: str) -> Response:
        """Bring a retired stage back, behind the others. For admins."""
        return self.turn(ws, key, restore_stage)


def _outcome_body(outcome: Stage | Proposal) -> Json:
    if isinstance(outcome, Proposal):
        return _body(outcome.stage) | {"proposal": ProposalSerializer(outcome).data}
    return _body(outcome) | {"proposal": None}


def _body(stage: Stage) -> Json:
    return dict(StageSerializer(Stage.objects.select_related("policy").get(pk=stage.pk)).data)
