"""Sending a form to a service: in a unit of work, with the refusal on the form."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from activity.errors import DomainError, NotFound
from activity.unit import unit_of_work
from config.problems import note_refusal
from registry.forms import RefusableForm

Form = TypeVar("Form", bound=RefusableForm)


def opened(kind: Callable[..., Form], request: HttpRequest, **kwargs: Any) -> Form:
    """Return the form as it was sent, or empty when the page is only looked at."""
    return kind(request.POST if request.method == "POST" else None, **kwargs)


def submit(request: HttpRequest, form: RefusableForm, change: Callable[[], Any]) -> bool:
    """Do what a sent form asks and keep the answer as its `result`; False when nothing was sent, or when it was refused.

    The refusal then stands on the form. What one may not see stays a 404: raises NotFound.
    """
    if not form.is_valid():
        return False
    try:
        with unit_of_work():
            form.result = change()
    except NotFound:
        raise
    except DomainError as error:
        note_refusal(request, error.code, error.detail)
        form.refuse(error)
        return False
    return True


def form_page(request: HttpRequest, template: str, form: RefusableForm, **context: Any) -> HttpResponse:
    """Show a form, with the status of what refused it."""
    return render(request, template, {"form": form, **context}, status=form.status)
