"""The operator's commands: what they print, what they make, and what they refuse with nothing written."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiToken, Membership, User, Workspace
from accounts.secrets import digest, is_token
from activity.models import Activity
from registry.models import Stage

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    said = io.StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


@pytest.fixture
def workspace() -> Workspace:
    run("addworkspace", "risk", "--title", "Risk team")
    return Workspace.objects.get(slug="risk")


def test_addworkspace_makes_the_five_stages(workspace):
    keys = list(Stage.objects.filter(workspace=workspace).values_list("key", flat=True))
    assert (workspace.title, keys) == ("Risk team", ["unassigned", "development", "staging", "production", "archived"])


def test_addworkspace_if_none_makes_the_first_alone(workspace):
    run("addworkspace", "default", "--if-none")
    assert [space.slug for space in Workspace.objects.all()] == ["risk"]


@pytest.mark.parametrize(
    ("slug", "sentence"), [("risk", "There is a workspace called “risk” already"), ("Not OK", "Use lower-case")]
)
def test_addworkspace_refuses_with_a_sentence(workspace, slug, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("addworkspace", slug)
    assert Workspace.objects.count() == 1


def test_adduser_makes_an_account_and_a_membership(workspace, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough password\n"))
    said = run("adduser", "ada", "--workspace", "risk", "--role", "admin", "--email", "ada@example.org", "--password-stdin")
    ada = User.objects.get(username="ada")
    assert said == "ada is admin of risk.\n"
    assert (ada.check_password("a long enough password"), ada.email, ada.is_staff) == (True, "ada@example.org", False)
    assert Membership.objects.get(user=ada).role == "admin"


def test_adduser_without_a_password_says_how_to_set_one(workspace):
    assert "manage.py changepassword ada" in run("adduser", "ada", "--workspace", "risk", "--role", "viewer")
    assert not User.objects.get(username="ada").has_usable_password()


def test_adduser_gives_somebody_who_is_there_another_role(workspace):
    run("adduser", "ada", "--workspace", "risk", "--role", "viewer")
    run("adduser", "ada", "--workspace", "risk", "--role", "editor")
    assert [member.role for member in Membership.objects.all()] == ["editor"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--workspace", "nowhere", "--role", "admin"], "There is no workspace “nowhere”"),
        (["--workspace", "risk", "--role", "king"], "There is no role “king”"),
        (["--workspace", "risk", "--role", "admin", "--email", "not an address"], "valid email"),
        (["--workspace", "risk", "--role", "admin", "--password-stdin"], "too short"),
    ],
)
def test_adduser_refuses_with_nothing_written(workspace, words, sentence, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    lines = Activity.objects.count()
    with pytest.raises(CommandError, match=sentence):
        run("adduser", "ada", *words)
    assert (User.objects.count(), Activity.objects.count()) == (0, lines)


def test_adduser_does_not_silently_keep_an_old_password(workspace, monkeypatch):
    run("adduser", "ada", "--workspace", "risk", "--role", "viewer")
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough password\n"))
    with pytest.raises(CommandError, match="nothing was changed"):
        run("adduser", "ada", "--workspace", "risk", "--role", "admin", "--password-stdin")
    assert Membership.objects.get().role == "viewer"


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("viewer", ["read"]),
        ("editor", ["checks", "decide", "read", "write"]),
        ("admin", ["admin", "checks", "decide", "read", "write"]),
    ],
)
def test_token_prints_the_token_alone_with_every_scope_of_the_role(workspace, role, scopes):
    run("adduser", "ada", "--workspace", "risk", "--role", role)
    secret = run("token", "ada").removesuffix("\n")
    token = ApiToken.objects.get()
    assert (is_token(secret), token.digest, token.scopes, token.user.username) == (True, digest(secret), scopes, "ada")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nobody"], "There is nobody active called “nobody”"),
        (["ada", "--days", "366"], "A token lasts 1 to 365 days"),
        (["ada", "--scopes", "everything"], "ada has no use for everything"),
    ],
)
def test_token_refuses_with_nothing_written(workspace, words, sentence):
    run("adduser", "ada", "--workspace", "risk", "--role", "editor")
    with pytest.raises(CommandError, match=sentence):
        run("token", *words)
    assert ApiToken.objects.count() == 0
