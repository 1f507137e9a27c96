"""Arthur's registry: `ArthurAI(url)` is given the address of this server, and `organization_id` where a workspace is to be named."""

from django.urls import path

from gateways.arthur.errors import ARTHUR
from gateways.arthur.views import groups, models, people
from gateways.routes import View, nothing_else, routes, signing_in

PREFIX = "api/v3/"
TABLE: dict[str, dict[str, View]] = {
    "users/me": {"GET": people.me},
    "users/me/auth_info": {"GET": people.auth_info},
    "models": {"POST": models.create, "GET": models.listed},
    "models/<str:given>": {"GET": models.get, "PUT": models.update, "DELETE": models.archive},
    "models/<str:given>/reference_data": {"POST": models.reference_data},
    "model_groups": {"GET": groups.listed},
    "model_groups/<str:given>": {"GET": groups.get, "PATCH": groups.edit, "DELETE": groups.archive},
    "model_groups/<str:given>/versions": {"GET": groups.versions},
    "model_groups/<str:given>/versions/latest": {"GET": groups.latest},
}
LOGIN = signing_in(ARTHUR, people.login)
NOT_OURS = (
    "Stageward is a registry: it keeps models, their versions and who approved them, and there is nothing at {path}. Inferences, data,"
    " metrics, alerts and what else watches a running model stay with the platform that does."
)

urlpatterns = [
    path(f"{PREFIX}login", LOGIN),
    path(f"w/<slug:ws>/{PREFIX}login", LOGIN),
    *routes(ARTHUR, PREFIX, TABLE),
    nothing_else(ARTHUR, PREFIX, NOT_OURS),
]
