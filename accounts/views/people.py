"""All people of this installation, for staff."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.caller import Caller
from accounts.forms import PersonForm
from accounts.models import User
from accounts.services import create_person, deactivate_person, reactivate_person
from activity.errors import NotFound
from activity.pagination import page_of
from activity.unit import unit_of_work
from registry.views.addresses import with_query
from registry.views.submit import form_page, opened, submit


def staff_at(request: HttpRequest) -> Caller:
    """Return the caller, who is on the staff. Raises NotFound: for others this page is not there."""
    user: Any = request.user
    if not user.is_staff:
        raise NotFound("There is nothing here, or nothing that you may see.")
    return Caller.of_request(request, "page")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_people(request: HttpRequest) -> HttpResponse:
    """Everybody with an account, and a form for somebody new."""
    by = staff_at(request)
    form = opened(PersonForm, request)
    if submit(request, form, lambda: _create(by, form.cleaned_data)):
        messages.success(request, f"{form.result.display_name} is added. Add them to a workspace next.")
        return redirect("people")
    q = request.GET.get("q", "").replace("\x00", "").strip()
    people = User.objects.select_related("owner").filter(Q(username__icontains=q) | Q(name__icontains=q) | Q(email__icontains=q))
    context = {"page": page_of(request, people, ordering="id"), "q": q, "clear_url": with_query(request, q="") if q else ""}
    return form_page(request, "accounts/people.html", form, **context)


def _create(by: Caller, what: dict[str, Any]) -> User:
    return create_person(by=by, **what | {"password": what["password"] or None})


def _person(pk: int) -> User:
    person = User.objects.filter(pk=pk).first()
    if person is None:
        raise NotFound(f"There is nobody with the number {pk}.")
    return person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once more, then lets somebody go, at once."""
    by, person = staff_at(request), _person(pk)
    if request.method == "POST":
        with unit_of_work():
            deactivate_person(user_id=pk, by=by)
        messages.success(request, f"{person.display_name} is out: signed out everywhere, and every token revoked.")
        return redirect("people")
    return render(request, "accounts/person_deactivate.html", {"person": person})


@login_required
@require_POST
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody back in."""
    by, person = staff_at(request), _person(pk)
    with unit_of_work():
        reactivate_person(user_id=pk, by=by)
    messages.success(request, f"{person.display_name} may sign in again. Their tokens stay revoked.")
    return redirect("people")
