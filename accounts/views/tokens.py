"""API tokens of one's own and of one's service accounts."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.caller import Caller, Scope
from accounts.forms import TokenForm
from accounts.models import ApiToken
from accounts.services import create_token, revoke_token
from activity import clock
from activity.errors import NotFound
from activity.pagination import page_of
from activity.unit import unit_of_work
from registry.views.submit import form_page, opened, submit


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_tokens(request: HttpRequest) -> HttpResponse:
    """The tokens and a form for a new one. The secret stands in this one answer: no address and no session ever holds it."""
    user: Any = request.user
    form = opened(TokenForm, request, user=user)
    made = submit(request, form, lambda: _create(request, form))
    token, secret = form.result if made else (None, "")
    tokens = ApiToken.objects.of(user).select_related("user")
    context = {"page": page_of(request, tokens), "now": clock.now(), "token": token, "secret": secret}
    if made:
        form = TokenForm(user=user)
    return form_page(request, "accounts/tokens.html", form, **context)


def _create(request: HttpRequest, form: TokenForm) -> tuple[ApiToken, str]:
    what = form.cleaned_data | {"scopes": [Scope(scope) for scope in form.cleaned_data["scopes"]]}
    return create_token(by=Caller.of_request(request, "page"), **what)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once more, then makes a token useless. Raises NotFound for somebody else's."""
    token = ApiToken.objects.of(request.user).select_related("user").filter(pk=pk).first()
    if token is None:
        raise NotFound(f"You have no token {pk}. Look at the list of your tokens.")
    if request.method == "POST":
        with unit_of_work():
            revoke_token(token_id=pk, by=Caller.of_request(request, "page"))
        messages.success(request, f"The token “{token.name}” is revoked: it opens nothing from now on.")
        return redirect("tokens")
    return render(request, "accounts/token_revoke.html", {"token": token})
