"""Imports, for admins of their workspace."""

from rest_framework.request import Request
from rest_framework.response import Response

from activity.errors import NotFound
from config.endpoint import EndpointOfAdmins, Json
from config.operation import operation, page_of
from config.serializers import ListQuery
from imports.models import Import
from imports.serializers import ImportSerializer, ResumeImport, StartImport, WholeImportSerializer
from imports.services import resume_import, start_import

OPTIONS = ("stages", "user", "token")


def _options(sent: Json) -> Json:
    return {name: sent[name] for name in OPTIONS if sent.get(name)}


def _body(run: Import) -> Json:
    return dict(ImportSerializer(run).data)


class _OfAdmins(EndpointOfAdmins):
    """An address below the imports of a workspace: where internal systems are is for admins alone."""

    def find(self, ws: str, pk: int) -> Import:
        """Return an import of theirs. Raises NotFound, Forbidden."""
        run = Import.objects.select_related("started_by").filter(workspace=self.led(ws), pk=pk).first()
        if run is None:
            raise NotFound("There is no such import in this workspace. Check the address.")
        return run


class Imports(_OfAdmins):
    """A workspace's imports."""

    @operation("list_imports", answer=page_of(ImportSerializer), query=ListQuery)
    def get(self, request: Request, ws: str) -> Response:
        """List the imports of a workspace, newest first. For admins."""
        runs = Import.objects.filter(workspace=self.led(ws)).select_related("started_by")
        return self.page(runs, lambda rows: ImportSerializer(rows, many=True).data)

    @operation("start_import", body=StartImport, answer=ImportSerializer, status=201)
    def post(self, request: Request, ws: str) -> Response:
        """Bring over the models, versions and stages of another system. For admins. The worker does it: read the import to see how far.

        Versions that were brought over before are left as they are. Where their stages changed there since, a stage change request asks
        for the same here.
        """
        workspace, sent = self.led(ws), self.sent
        options = _options(sent)
        return self.change(
            lambda: start_import(
                workspace_id=workspace.pk, kind=sent["kind"], source=sent["source"], options=options, by=self.by
            ),
            _body,
            status=201,
            location=lambda body: f"{request.path}/{body['id']}",
        )


class OneImport(_OfAdmins):
    """An import."""

    @operation("read_import", answer=WholeImportSerializer)
    def get(self, request: Request, ws: str, pk: int) -> Response:
        """Read how far an import is, and what it skipped and why. For admins."""
        return Response(WholeImportSerializer(self.find(ws, pk)).data)


class Resume(_OfAdmins):
    """Going on."""

    @operation("resume_import", body=ResumeImport, answer=ImportSerializer)
    def post(self, request: Request, ws: str, pk: int) -> Response:
        """Let an import that failed go on where it stopped. For admins."""
        run, options = self.find(ws, pk), _options(self.sent)
        return self.change(lambda: resume_import(import_id=run.pk, options=options, by=self.by), _body)
