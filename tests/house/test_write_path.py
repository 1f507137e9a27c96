"""There is one way to change anything. What import contracts and ruff cannot say about it is said here, over the source itself."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save

from accounts import services as accounts
from accounts.caller import Caller
from approvals import services as approvals
from gto import services as gto
from imports import services as imports
from notifications import services as notifications
from registry import services as registry

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "activity",
    "accounts",
    "registry",
    "approvals",
    "imports",
    "insights",
    "notifications",
    "gto",
    "moving",
    "operations",
    "gateways",
    "config",
)
SOURCES = {
    str(path.relative_to(ROOT)): ast.parse(path.read_text())
    for app in APPS
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
}
WRITES = {
    "save", "create", "bulk_create", "bulk_update", "update", "delete", "get_or_create", "update_or_create", "_raw_delete", "raw",
    "aupdate", "acreate", "adelete", "asave", "abulk_create", "abulk_update",
}  # fmt: skip

# Rows that are nobody's to govern, each with the one module that writes them.
OWN_ROWS = {
    "accounts/authentication.py": ["ApiToken.objects.filter(pk=token.pk).update(last_used_at=moment)"],
    "accounts/models.py": ["user.save()"],  # UserManager, which Django's own commands expect
    "activity/log.py": [
        "Chain.objects.select_for_update().get_or_create(key=on.chain_key)",
        "line.save(force_insert=True)",
        "Chain.objects.filter(pk=chain.pk).update(seq=line.seq, head=line.hash)",
        "Outbox.objects.create(activity=line, due_at=Now())",
    ],
    "approvals/subscribers.py": ["StagePolicy.objects.bulk_create("],  # heard from create_workspace, in its unit of work
}
WRITE_THEIR_OWN = (
    "activity/seals.py",
    "activity/tasks.py",
    "activity/unit.py",
    "imports/running.py",
    "insights/counting.py",
    "notifications/",
    "gto/",
    "operations/",
)


def calls(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Every call of a method: its name, and the whole of it as text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, ast.unparse(node)


def of_rows(name: str, text: str) -> bool:
    """Whether a call could write rows: anything of that name but the dictionaries and hashes there are."""
    return name in WRITES and not text.startswith(("vars().", "_registered.", "digest."))


def test_only_services_write_rows():
    found = {}
    for path, tree in SOURCES.items():
        if "/services/" in path or path.startswith(WRITE_THEIR_OWN):
            continue
        known = OWN_ROWS.get(path, [])
        if texts := [text for name, text in calls(tree) if of_rows(name, text) and not text.startswith(tuple(known))]:
            found[path] = texts
    assert found == {}


def test_what_is_excepted_is_still_there():
    texts = {path: [text for _, text in calls(SOURCES[path])] for path in OWN_ROWS}
    assert [
        known for path, listed in OWN_ROWS.items() for known in listed if not any(t.startswith(known) for t in texts[path])
    ] == []


def callers_of(name: str) -> list[str]:
    """The modules that call a function or method of this name."""
    return [
        path
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == name
    ]


def test_a_stage_is_moved_in_one_place_for_one_caller():
    assert callers_of("move_stage") == ["approvals/services/effects.py"]
    assert callers_of("stand") == ["registry/services/imported.py", *2 * ["registry/services/stages.py"]]
    assert callers_of("import_version") == ["imports/services/bringing.py"]
    assert callers_of("enter") == ["registry/services/stages.py"]
    assert callers_of("put_into_effect") == ["approvals/services/break_glass.py", "approvals/services/effects.py"]


def test_no_bulk_write_names_a_stage_or_a_status():
    named = [
        (path, keyword.arg)
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("update", "bulk_update", "update_or_create")
        for keyword in node.keywords
        if keyword.arg in ("stage", "stage_activity_id", "status")
    ]
    assert named == []


def test_the_status_of_a_request_is_changed_by_its_transitions_in_services_alone():
    transitions = tuple(f"change_request.{name}(" for name in ("apply", "reject", "revoke", "expire", "supersede"))
    places = {path for path, tree in SOURCES.items() for _, text in calls(tree) if text.startswith(transitions)}
    assert places == {f"approvals/services/{name}.py" for name in ("effects", "expiry", "requests", "reviews")}


def test_transactions_are_opened_in_one_place():
    opened = [path for path, tree in SOURCES.items() if "transaction.atomic" in ast.unparse(tree)]
    assert opened == ["activity/unit.py"]


def test_sql_is_written_by_hand_only_where_it_is_known():
    by_hand = [path for path, tree in SOURCES.items() if any(name in ("cursor", "raw", "extra") for name, _ in calls(tree))]
    assert by_hand == [
        "activity/clock.py",
        "activity/prepared.py",
        "activity/triggers.py",
        "accounts/access.py",
        "config/management/commands/grant_application.py",
    ]


def test_no_signal_of_ours_follows_a_row():
    ours = [
        receiver
        for signal in (pre_save, post_save, pre_delete, post_delete)
        for receiver in signal.receivers
        if (getattr(receiver[1](), "__module__", "") or "").split(".")[0] in APPS
    ]
    assert ours == []


def test_there_is_no_admin_site_and_no_foreign_key_to_anything():
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    generic = [
        (model, field)
        for app in APPS
        if apps.is_installed(app)
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.private_fields
        if isinstance(field, GenericForeignKey)
    ]
    assert generic == []


def test_requests_are_not_wrapped_in_transactions():
    assert not settings.DATABASES["default"].get("ATOMIC_REQUESTS", False)


SERVICES = [
    getattr(module, name) for module in (accounts, registry, approvals, imports, notifications, gto) for name in module.__all__
]


def test_every_service_takes_words_and_a_caller_and_says_what_it_does():
    for service in SERVICES:
        signature = inspect.signature(service)
        kinds = {parameter.kind for parameter in signature.parameters.values()}
        assert (service, kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}) == (service, True)
        assert (service, signature.parameters["by"].annotation) == (service, Caller)
        assert signature.return_annotation is not inspect.Signature.empty
        assert "Effects" in service.__doc__ or "Effect" in service.__doc__
