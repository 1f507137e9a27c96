"""What one wants to hear of: the page of choices, muted requests, and the link in every mail that ends its kind."""

from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.caller import Caller
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from notifications.choices import DIGEST, choose, mute, preference_of, read_token, unmute, unsubscribe
from notifications.forms import ChoicesForm
from notifications.models import Mute
from notifications.reasons import REASONS
from registry.views.submit import form_page, opened, submit

FEW = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_choices(request: HttpRequest) -> HttpResponse:
    """What is told for which reason and how, when the digest comes, what is muted, and whether the address takes mail."""
    user: Any = request.user
    preference = preference_of(user)
    form = opened(ChoicesForm, request, preference=preference)
    if submit(request, form, lambda: choose(by=Caller.of_request(request, "page"), **form.wanted())):
        messages.success(request, "Your choices are saved.")
        return redirect("notification-choices")
    seen = StageChangeRequest.objects.visible_to(user).filter(pk=OuterRef("change_request"))
    muted = Mute.objects.filter(Exists(seen), person=user).select_related("change_request__version__model").order_by("-pk")[:FEW]
    refused = preference.refused_reason if preference.refused_address == user.email else ""
    zones = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return form_page(
        request, "notifications/choices.html", form, preference=preference, muted=muted, refused=refused, zones=["UTC", *zones]
    )


@login_required
@require_POST
def mute_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Hear no more of a request, or, with `unmute`, hear of it again. Raises NotFound."""
    change = unmute if "unmute" in request.POST else mute
    with unit_of_work():
        change(change_request_id=pk, by=Caller.of_request(request, "page"))
    if change is mute:
        messages.success(request, f"You hear no more of request {pk}. It stays in your inbox while it waits for you.")
    else:
        messages.success(request, f"You hear of request {pk} again.")
    there = StageChangeRequest.objects.visible_to(request.user).filter(pk=pk).exists() and "settings" not in request.POST
    return redirect("request", pk) if there else redirect("notification-choices")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def end_mails(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, and on a POST end mails of one kind (RFC 8058). The signed address is the key: nobody signs in. Raises NotFound."""
    done = request.method == "POST"
    if done:
        with unit_of_work():
            unsubscribe(token=token)
    person, code = read_token(token)
    kind = "the daily digest" if code == DIGEST else f"mails of the kind “{REASONS[code].title}”"
    return render(
        request, "notifications/unsubscribe.html", {"kind": kind, "done": done, "person": person, "digest": code == DIGEST}
    )
