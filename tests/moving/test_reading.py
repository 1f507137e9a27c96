"""What a registry may do to whoever reads it: each ends the import with a sentence, brings nothing twice, and holds nobody up."""

import socket
import time
from typing import Any
from urllib.parse import unquote

import pytest
from django.db.models import F

from activity.errors import Invalid
from activity.unit import unit_of_work
from imports.models import Import
from imports.services import start_import
from imports.sources import Alive
from moving import asking, reading
from registry.models import RegisteredModel
from registry.services import register_version
from tests.cast import Team, caller
from tests.log import no_activity
from tests.moving.conftest import Bring, said
from tests.moving.registry import Handler, Registry

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MORE = "What was brought over until then stays; the import can go on from there."
ENDLESS = "Its pages of registered-models/search have no end: one names a page before it as the next one."


def garbage(status: int, told: Any, **headers: str) -> Any:
    """Answers everything with this."""

    def answers(handler: Handler, path: str) -> bool:
        handler.say(status, told, **headers)
        return True

    return answers


def drip(handler: Handler, path: str) -> bool:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while True:
        handler.wfile.write(b" ")
        time.sleep(0.01)


def hang_up(handler: Handler, path: str) -> bool:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
    return True


def big(handler: Handler, path: str) -> bool:
    handler.say(200, b'{"registered_models": [' + b" " * 5000 + b"]}")
    return True


ANSWERS = {
    "no registry": (garbage(404, b"<h1>Not Found</h1>"), "{url} answered 404 to registered-models/search, and not as a model registry does."
                    " Check the address.", False),
    "a page": (garbage(200, b"<h1>Welcome</h1>"), "{url} answered 200 to registered-models/search, and not as a model registry does."
               " Check the address.", False),
    "a list": (garbage(200, b"[]"), "{url} answered 200 to registered-models/search, and not as a model registry does. Check the address.",
               False),
    "half of it": (garbage(200, b'{"registered_models": ['), "{url} answered 200 to registered-models/search, and not as a model registry"
                   " does. Check the address.", False),
    "no rows": (garbage(200, {"registered_models": "many"}), "What it tells of registered_models is no list of objects, so it is no model"
                " registry that is known.", False),
    "odd rows": (garbage(200, {"registered_models": [1]}), "What it tells of registered_models is no list of objects, so it is no model"
                 " registry that is known.", False),
    "deep": (garbage(200, b"[" * 200_000), "{url} answered 200 to registered-models/search, and not as a model registry does. Check the"
             " address.", False),
    "no end": (garbage(200, {"registered_models": [], "next_page_token": "again"}), ENDLESS, False),
    "credentials": (garbage(401, b"", WWW_Authenticate="Basic"), "{url} asks who you are: it takes a token (401).", False),
    "no right": (garbage(403, {"error_code": "PERMISSION_DENIED", "message": "Not yours."}), "{url} does not let these credentials read"
                 " registered-models/search (403). PERMISSION_DENIED: Not yours.", False),
    "elsewhere": (garbage(302, b"", Location="http://169.254.169.254/latest"), "{url} sends on to http://169.254.169.254/latest, which is"
                  " not followed. Give the address itself.", False),
    "broken": (garbage(500, {"error_code": "INTERNAL_ERROR", "message": "disk"}), "{url} answered 500 to registered-models/search."
               " INTERNAL_ERROR: disk", False),
    "busy": (garbage(429, b"", Retry_After="0"), "{url} is too busy to answer (429).", True),
    "starting": (garbage(503, b""), "{url} is too busy to answer (503).", True),
    "too much": (big, "One answer has more than 0 MB, which is more than is taken.", False),
}  # fmt: skip


@pytest.mark.parametrize("which", ANSWERS)
def test_an_answer_that_makes_no_sense_ends_the_import_with_a_sentence(
    which: str, team: Team, upstream: Registry, bring: Bring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(asking, "MOST", 4000 if which == "too much" else 1_000_000)
    upstream.instead, sentence, away = ANSWERS[which]
    run = bring(upstream.url)
    assert (run.status, run.error, run.away) == ("failed", f"{sentence.format(url=upstream.url)} {MORE}", away)
    assert len(upstream.asked) == (4 if away else 2 if which == "no end" else 1)


def test_wrong_credentials_are_told_from_none(team: Team, upstream: Registry, bring: Bring):
    upstream.instead = garbage(401, b"")
    run = bring(upstream.url, user="me", token="wrong")
    assert run.error == f"{upstream.url} does not take these credentials (401). {MORE}"
    assert upstream.asked[0][1] == "Basic bWU6d3Jvbmc="


@pytest.mark.parametrize("fault", [drip, hang_up])
def test_whoever_drips_or_hangs_up_is_given_up(
    fault: Any, team: Team, upstream: Registry, bring: Bring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(asking, "TIMEOUT", 0.2)
    upstream.instead = fault
    run = bring(upstream.url)
    assert (run.status, run.away) == ("failed", True)
    assert run.error.startswith(f"{upstream.url} does not answer (")
    assert len(upstream.asked) == 1


def test_a_server_that_goes_away_and_comes_back_costs_a_pause_and_nothing_else(team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud", "None", "Production")
    faults = [None, hang_up, garbage(503, b""), garbage(429, b"", Retry_After="0")] * 3

    def now_and_then(handler: Handler, path: str) -> bool:
        fault = faults.pop(0) if faults else None
        return bool(fault and fault(handler, path))

    upstream.instead = now_and_then
    assert bring(upstream.url).counts["versions"] == 2


def test_a_server_that_goes_away_in_the_middle_loses_nothing(team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud", "None")
    upstream.model("credit", "None")
    upstream.instead = lambda handler, path: hang_up(handler, path) if len(upstream.asked) > 3 else False
    run = bring(upstream.url)
    assert (run.status, run.away, len(upstream.asked)) == ("failed", True, 3 + 4)
    assert not RegisteredModel.objects.filter(name="fraud").exists()
    upstream.instead = lambda handler, path: False
    assert bring(upstream.url).counts["versions"] == 2


def test_a_model_that_is_deleted_while_it_is_read_is_passed_over(team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud", "None")
    upstream.model("credit", "None")
    gone = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Gone."}
    upstream.instead = lambda handler, path: "get?name=fraud" in handler.path and (handler.say(404, gone) or True)
    run = bring(upstream.url)
    assert (run.status, run.counts["versions"]) == ("done", 1)


def test_pages_are_turned_over_one_connection(team: Team, upstream: Registry, bring: Bring):
    upstream.page = 2
    for number in range(5):
        upstream.model(f"model {number}", *(["None"] * 5))
    opened = upstream.get_request
    connections: list[Any] = []
    upstream.get_request = lambda: connections.append(taken := opened()) or taken  # type: ignore[method-assign,func-returns-value]
    run = bring(upstream.url)
    assert (run.status, run.counts["models"], run.counts["versions"]) == ("done", 5, 25)
    assert (len(upstream.asked), len(connections)) == (3 + 5 * (1 + 3), 1)


def test_whoever_reads_long_says_how_far_it_is(team: Team, upstream: Registry, bring: Bring, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("imports.running.TELL", 0.0)
    upstream.model("fraud", "None", "None")
    assert bring(upstream.url).read == 2


def test_a_reader_whose_time_was_over_lets_go(team: Team, upstream: Registry, bring: Bring, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("imports.running.TELL", 0.0)

    def taken_over(registry: object, alive: Alive, **more: object) -> None:
        Import.objects.update(claims=F("claims") + 1)
        alive(1)

    monkeypatch.setattr("moving.source.read_registry", taken_over)
    run = bring(upstream.url)
    assert (run.status, run.error, run.read) == ("running", "", 0)


REFUSED = {
    "http://mlflow.example.org": "A registry is read by https. Whoever runs this installation can allow a host by IMPORT_ALLOWED_HOSTS.",
    "https://mlflow": "mlflow is a name inside a network, and only public hosts are read. Whoever runs this installation can allow it by"
    " IMPORT_ALLOWED_HOSTS.",
    "https://169.254.169.254": "169.254.169.254 is not a public address, and only public hosts are read. Whoever runs this installation"
    " can allow it by IMPORT_ALLOWED_HOSTS.",
    "https://user:secret@mlflow.example.org": "A user name or password in the address is not sent. Leave it out.",
    "https://mlflow.example.org/#/models": "What follows a # is never sent. Leave it out.",
    "https://mlflow.example.org/?a=b": "The address of a registry ends with the host or a path, as MLFLOW_TRACKING_URI has it.",
    "sqlite:///mlflow.db": "Write the address as https://host/path.",
    "databricks": "Write the address as https://host/path.",
}


@pytest.mark.parametrize("source", REFUSED)
def test_only_public_registries_by_https_are_read_and_those_that_are_allowed(source: str, team: Team):
    with no_activity(), pytest.raises(Invalid) as refused, unit_of_work():
        start_import(workspace_id=team.workspace.pk, kind="mlflow", source=source, by=caller(team.admin))
    assert (str(refused.value), refused.value.field) == (f"{REFUSED[source]} Nothing was started.", "source")


def test_a_public_name_that_leads_inside_is_not_read(team: Team, bring: Bring, monkeypatch: pytest.MonkeyPatch):
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: inside)
    run = bring("https://mlflow.example.org")
    assert run.error.startswith(
        "10.0.0.7 is not a public address, and only public hosts are read. Whoever runs this installation"
    )
    assert not run.away


OPTIONS: list[tuple[str, dict[str, Any], str]] = [
    ("mlflow", {"user": "me"}, "A user name goes with a password: put it where the token goes."),
    ("mlflow", {"token": "a\nHost: b"}, "A token has no line ends, and a user name no colon."),
    ("mlflow", {"token": "dapi…"}, "A token is plain ASCII, and this one is not."),
    ("mlflow", {"user": "a:b", "token": "c"}, "A token has no line ends, and a user name no colon."),
    ("mlflow", {"branch": "main"}, "An import from MLflow takes no branch, so nothing was started."),
    ("databricks", {}, "Databricks lets nobody read without a token."),
]


@pytest.mark.parametrize(("kind", "options", "sentence"), OPTIONS)
def test_credentials_that_cannot_be_are_refused_at_once(kind: str, options: dict[str, Any], sentence: str, team: Team):
    with no_activity(), pytest.raises(Invalid) as refused, unit_of_work():
        start_import(
            workspace_id=team.workspace.pk, kind=kind, source="https://ml.example.org", options=options, by=caller(team.admin)
        )
    assert str(refused.value).startswith(sentence)


def test_a_token_is_kept_encrypted_and_forgotten_at_the_end(team: Team, upstream: Registry, bring: Bring):
    with unit_of_work():
        started = start_import(
            workspace_id=team.workspace.pk, kind="mlflow", source=upstream.url, options={"token": "s3cret"}, by=caller(team.admin)
        )
    assert "s3cret" not in str(started.options)
    Import.objects.all().update(status="failed")
    run = bring(upstream.url, token="s3cret")
    assert (run.status, run.options) == ("done", {"stages": {}})
    assert Import.objects.get(pk=started.pk).options == {"stages": {}}  # nobody needs to go on with that one any more


ODD = "a\x00b\ud800"  # no database keeps the one, no encoding knows the other


@pytest.mark.parametrize(
    "fields",
    [{"user_id": ODD}, {"status": ODD}, {"status": "FAILED", "status_message": ODD}, {"version": ODD}, {"version": "9" * 5000}],
)
def test_what_cannot_be_kept_of_a_version_stops_no_other(fields: dict[str, str], team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud")
    upstream.version("fraud", **fields)
    upstream.model("credit", "None")
    run = bring(upstream.url)
    assert (run.status, run.error, run.counts["versions"]) == ("done", "", 2 if "user_id" in fields else 1)
    assert not any("\x00" in about + text for _, about, text in said(run))


def test_a_name_that_cannot_be_kept_is_passed_over_and_told(team: Team, upstream: Registry, bring: Bring):
    upstream.model(ODD, "None")
    upstream.model("x" * 401, "None")
    upstream.model("credit", "None")
    run = bring(upstream.url)
    assert (run.status, run.counts["versions"]) == ("done", 1)
    assert said(run) == [
        ("skipped", "a\ufffdb?", "name holds a control character, which cannot be stored. Remove it."),
        ("skipped", "x" * 401, "name has 401 characters; the most is 400. Shorten it."),
    ]


def test_a_stage_that_cannot_be_kept_ends_the_import_for_good(team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud", ODD)
    run = bring(upstream.url)
    assert (run.status, run.error.startswith("It has stages that this workspace does not know: a\ufffdb?.")) == ("failed", True)
    assert bring(upstream.url).status == "failed"


def test_numbers_are_left_for_those_who_register_here(team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud")
    upstream.version("fraud", version="2147483647")
    upstream.version("fraud", version="999999999")
    run = bring(upstream.url)
    assert ("skipped", "fraud 2147483647", "“2147483647” is no number of a version.") in said(run)
    model = RegisteredModel.objects.get(name="fraud")
    with unit_of_work():
        assert register_version(model_id=model.pk, by=caller(team.engineer)).number == 1_000_000_000


def test_pages_that_name_ever_new_ones_come_to_an_end(
    team: Team, upstream: Registry, bring: Bring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "PAGES", 5)

    def ever_new(handler: Any, path: str) -> bool:
        handler.say(200, {"registered_models": [], "next_page_token": str(len(upstream.asked))})
        return True

    upstream.instead = ever_new
    run = bring(upstream.url)
    assert (run.status, len(upstream.asked)) == ("failed", 5)
    assert run.error.startswith("Its list of registered-models/search has more than 5 pages, which is more than is taken.")


def test_nobody_reads_for_ever(team: Team, upstream: Registry, bring: Bring, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(asking, "IN_ALL", -1.0)
    run = bring(upstream.url)
    assert (run.status, upstream.asked) == ("failed", [])
    assert run.error.startswith(f"{upstream.url} was not read to the end within ")


@pytest.mark.parametrize(
    ("path", "left"), [("transition-requests/list", 1), ("model-versions/search", 0), ("model-versions/get-download-uri", 1)]
)
def test_what_is_deleted_while_it_is_read_is_passed_over(path: str, left: int, team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud", "None")
    upstream.version("fraud", source="models:/other/1")
    upstream.model("credit", "None")
    gone = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Deleted."}

    def missing(handler: Any, asked: str) -> bool:
        about = unquote(handler.path)
        is_gone = asked == path and "fraud" in about and (path != "transition-requests/list" or "version=2" in about)
        if is_gone:
            handler.say(404, gone)
        return is_gone

    upstream.instead = missing
    run = bring(upstream.url, "databricks", token="dapi1")
    assert (run.status, run.error, run.counts.get("versions")) == ("done", "", left + 1)
    if left:
        assert ("skipped", "fraud 2", "It was deleted there while it was read.") in said(run)


def test_a_server_that_has_no_list_of_models_is_no_registry(team: Team, upstream: Registry, bring: Bring):
    upstream.instead = garbage(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "No."})
    run = bring(upstream.url)
    assert (run.status, run.error.startswith(f"{upstream.url} has no list of models. Check the address.")) == ("failed", True)


@pytest.mark.parametrize("odd", [5, {"a": 1}, "x", [1, "x", None]])
@pytest.mark.parametrize("field", ["tags", "aliases", "version"])
def test_lists_that_are_none_stop_nothing_else(field: str, odd: Any, team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud")
    upstream.version("fraud", **{field: odd})
    upstream.model("credit", "None")
    if field == "aliases":
        upstream.models["fraud"]["aliases"] = odd
    run = bring(upstream.url)
    assert (run.status, run.error) == ("done", "")
    assert RegisteredModel.objects.filter(name="credit").exists()


def test_more_versions_than_are_taken_are_not_read_to_the_end(
    team: Team, upstream: Registry, bring: Bring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "MOST", 3)
    upstream.page = 2
    upstream.model("fraud", *["None"] * 50)
    run = bring(upstream.url)
    assert (run.status, len(upstream.asked)) == ("failed", 4)
    assert run.error.startswith("It has more than 3 versions, which is more than is taken.")
