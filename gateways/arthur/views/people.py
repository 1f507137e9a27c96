"""Who calls, and in which workspace, which is what Arthur calls an organization."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.authentication import owner_by_password
from accounts.errors import Forbidden
from accounts.models import User, Workspace
from accounts.passes import LIFE, new_pass
from activity.errors import Invalid, NotFound
from gateways.call import Call, body_of
from gateways.protocol import Json

COOKIE = "Authorization"


def login(request: HttpRequest) -> HttpResponse:
    """Give who shows their password a pass, in the cookie where the SDK reads it; as a cookie it opens nothing."""
    body = body_of(request)
    given = [body.get(name) for name in ("login", "password")]
    if not all(isinstance(text, str) and text and "\x00" not in text for text in given):
        raise Invalid("Send your “login”, a user name or address, and your “password”. Nobody was signed in.", field="login")
    user = owner_by_password(request, str(given[0]), str(given[1]))
    answer = JsonResponse(_told(user))
    answer.set_cookie(
        COOKIE, new_pass(user), max_age=LIFE, path=request.path, secure=settings.SECURE, httponly=True, samesite="Strict"
    )
    return answer


def _told(user: User) -> Json:
    return {"id": str(user.pk), "username": user.username, "first_name": user.display_name, "last_name": "", "email": user.email}


def me(call: Call) -> Json:
    """Tell who calls, and their workspace. Raises Forbidden where it cannot be told: then the SDK asks which there are."""
    try:
        workspace = call.workspace
    except NotFound as error:
        raise Forbidden(error.detail) from None
    return _told(call.user) | {"organization_id": workspace.slug}


def auth_info(call: Call) -> Json:
    """Tell in which workspaces somebody is; the SDK asks for one of them to be chosen where there are several."""
    mine = list(Workspace.objects.with_role_of(call.user).order_by("slug"))
    return {
        **_told(call.user),
        "issuer": "stageward",
        "roles": sorted({str(workspace.my_role) for workspace in mine}),  # type: ignore[attr-defined]  # annotated
        "organization_ids": [workspace.slug for workspace in mine],
        "internal_user_id": str(call.user.pk),
        "external_user_id": None,
    }
