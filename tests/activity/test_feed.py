"""Lines of the log as sentences."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
from heroicons.templatetags.heroicons import heroicon_micro

from accounts.caller import Caller, Scope
from accounts.models import Role
from accounts.services import (
    accept_invitation,
    create_token,
    deactivate_person,
    delegate_decisions,
    edit_profile,
    invite,
    reactivate_person,
    remove_member,
    revoke_token,
    set_member,
    withdraw_invitation,
)
from activity import clock
from activity.feed import feed_lines
from activity.log import SYSTEM, record
from activity.models import Activity, Chain
from activity.sentences import SENTENCES, icon_of
from activity.unit import unit_of_work
from approvals.services import (
    add_comment,
    reject_stage_change,
    revoke_stage_change,
    withdraw_approval,
)
from registry.models import ModelVersion
from registry.services import (
    archive_model,
    delete_model,
    delete_version,
    edit_model,
    edit_version,
    lock_version,
    rename_workspace,
    unarchive_model,
)
from registry.services.versions import subject
from tests.cast import caller, make_team

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
VERB = re.compile(r"(?:model|model_version|stage_change|comment|policy|workspace|member|person|service_account|token)\.[a-z_]+")


@pytest.fixture
def team():
    return make_team()


def words(line):
    """A line as a person reads it."""
    return re.sub(r"<[^>]+>", "", line.text)


def last(count=1):
    """The sentences of the newest lines, newest first."""
    return [words(line) for line in feed_lines(Activity.objects.order_by("-id")[:count])]


def do(service, **what):
    with unit_of_work():
        return service(**what)


def written_verbs():
    """Every text in a service that has the shape of a verb."""
    for path in sorted(ROOT.glob("*/services/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and VERB.fullmatch(node.value):
                yield node.value


def test_every_verb_that_a_service_writes_has_words():
    verbs = set(written_verbs())
    assert (len(verbs) > 30, verbs - SENTENCES.keys()) == (True, set())


def test_every_sentence_uses_only_what_a_line_knows(team):
    for verb in SENTENCES:
        line = Activity(pk=1, chain=Chain(key="site"), verb=verb, via="page", data="{}", created_at=clock.now())
        (shown,) = feed_lines([line])
        assert "{" not in shown.text


def test_stage_changes_are_told_with_their_move(team):
    version = team.version()
    team.policy("production", 2)
    change_request = team.ask(version, "production", comment="Lift holds.")
    team.approve(change_request)
    do(withdraw_approval, change_request_id=change_request.pk, by=caller(team.reviewer))
    assert last(3) == [
        "withdrew their approval of the move of churn v1: Unassigned → Production",
        "approved the move of churn v1: Unassigned → Production",
        "asked to move churn v1: Unassigned → Production",
    ]


def test_every_end_of_a_request_is_told(team):
    team.approve(team.ask(team.version()))
    assert last(1) == ["put the move of churn v1 into effect: Unassigned → Staging"]
    do(reject_stage_change, change_request_id=team.ask(team.version()).pk, comment="no", by=caller(team.reviewer))
    assert last(1) == ["rejected the move of churn v2: Unassigned → Staging"]
    do(revoke_stage_change, change_request_id=team.ask(team.version()).pk, by=caller(team.engineer))
    assert last(1) == ["took back the request to move churn v3: Unassigned → Staging"]
    version = team.version()
    team.ask(version)
    do(delete_version, version_id=version.pk, by=caller(team.engineer))
    assert last(2) == [
        "deleted churn v4",
        "ended the request to move churn v4 (Unassigned → Staging), because the version was deleted",
    ]


@pytest.mark.parametrize(
    ("reason", "end"), [("At the audit", "At the audit."), ("At the audit.", "At the audit."), ("Why?", "Why?")]
)
def test_a_line_in_plain_words_ends_once(team, reason, end):
    tomorrow = clock.now() + timedelta(days=1)
    do(delegate_decisions, delegate_id=team.reviewer.pk, ends_at=tomorrow, reason=reason, by=caller(team.second_reviewer))
    line = feed_lines(Activity.objects.order_by("-id")[:1])[0]
    assert line.words.endswith(f": {end}")


def test_voided_approvals_are_counted(team):
    team.policy("staging", 3)
    version = team.version()
    change_request = team.ask(version)
    for reviewer in (team.reviewer, team.admin):
        team.approve(change_request, by=reviewer)
    do(edit_version, version_id=version.pk, changes={"metrics": {"auc": 1}, "parameters": {"a": 1}}, by=caller(team.engineer))
    assert last(2) == [
        "changed what the move of churn v1 (Unassigned → Staging) stands for, so 2 approvals no longer count",
        "edited metrics and parameters of churn v1",
    ]


def test_a_policy_is_told_with_before_and_after(team):
    team.policy("staging", 0)
    assert last() == [
        "changed what a move into Staging demands: no approval (before: 1 approval, not by who last edited the content)"
    ]


def test_flags_and_marks_stand_apart_from_the_sentence(team):
    team.policy("production", 0)
    team.ask(team.version(), "production")
    applied, asked = feed_lines(Activity.objects.order_by("-id")[:2])
    assert [[stage["name"] for stage in line.flagged["skipped_stages"]] for line in (applied, asked)] == [
        ["Development", "Staging"]
    ] * 2
    assert (applied.mark, applied.flagged["status"], asked.mark) == ("not required by policy", "applied", "")


def test_models_and_versions_are_told(team):
    by, admin = caller(team.engineer), caller(team.admin)
    version = team.version()
    do(edit_model, model_id=team.model.pk, changes={"readme": "x", "owner_id": team.admin.pk}, by=by)
    assert last() == ["edited owner and readme of churn"]
    do(lock_version, version_id=version.pk, level=ModelVersion.Lock.CLOSED, by=by)
    assert last() == ["locked churn v1 (closed)"]
    do(lock_version, version_id=version.pk, level=ModelVersion.Lock.OPEN, by=admin)
    assert last() == ["unlocked churn v1"]
    do(edit_model, model_id=team.model.pk, changes={"name": "attrition"}, by=admin)
    assert last() == ["renamed the model churn to attrition"]
    do(archive_model, model_id=team.model.pk, by=admin)
    do(unarchive_model, model_id=team.model.pk, by=admin)
    do(delete_model, model_id=team.model.pk, by=admin)
    assert last(3) == [
        "deleted the model attrition",
        "took the model attrition out of the archive",
        "archived the model attrition",
    ]


def test_what_was_deleted_has_no_link(team):
    version = team.version()
    (line,) = feed_lines(Activity.objects.order_by("-id")[:1])
    assert 'href="/w/default/models/churn/versions/1"' in line.text
    do(delete_version, version_id=version.pk, by=caller(team.engineer))
    assert [line.text.count("href") for line in feed_lines(Activity.objects.order_by("-id")[:2])] == [0, 0]


def test_members_and_invitations_are_told(team):
    space, admin = team.workspace.pk, caller(team.admin)
    do(set_member, workspace_id=space, user_id=team.stranger.pk, role=Role.VIEWER, by=admin)
    do(set_member, workspace_id=space, user_id=team.stranger.pk, role=Role.ADMIN, by=admin)
    do(remove_member, workspace_id=space, user_id=team.stranger.pk, by=admin)
    do(remove_member, workspace_id=space, user_id=team.viewer.pk, by=caller(team.viewer))
    assert last(4) == [
        "left Default",
        "removed Stranger from Default",
        "made Stranger an admin of Default, before a viewer",
        "added Stranger to Default as a viewer",
    ]
    invitation, secret = do(invite, workspace_id=space, email="new@example.org", role=Role.EDITOR, by=admin)
    do(accept_invitation, secret=secret, by=caller(team.stranger))
    invitation, _ = do(invite, workspace_id=space, email="other@example.org", role=Role.EDITOR, by=admin)
    do(withdraw_invitation, invitation_id=invitation.pk, by=admin)
    assert last(4) == [
        "withdrew an invitation to Default",
        "invited somebody to Default as an editor",
        "joined Default as an editor",
        "invited somebody to Default as an editor",
    ]


def test_people_and_tokens_are_told(team):
    staff = caller(team.staff)
    do(edit_profile, by=caller(team.viewer), name="V", email="v@example.org")
    assert last() == ["changed their own name and email"]
    token, _ = do(create_token, name="x", scopes=[Scope.READ], by=caller(team.viewer))
    do(revoke_token, token_id=token.pk, by=caller(team.viewer))
    assert last(2) == [f"revoked API token {token.pk} of themselves", f"made API token {token.pk} for themselves"]
    do(deactivate_person, user_id=team.viewer.pk, by=staff)
    do(reactivate_person, user_id=team.viewer.pk, by=staff)
    assert last(2) == ["reactivated V", "deactivated V"]


def test_a_comment_is_quoted(team):
    version = team.version()
    do(add_comment, version_id=version.pk, body="Which cohort?", by=caller(team.reviewer))
    (line,) = feed_lines(Activity.objects.order_by("-id")[:1])
    assert (words(line), line.comment) == ("commented on churn v1", "Which cohort?")


def test_a_verb_without_words_is_told_by_its_own(team):
    version = team.version()
    with unit_of_work():
        record("model_version.alias_moved", by=SYSTEM, on=subject(version, team.model))
    (line,) = feed_lines(Activity.objects.order_by("-id")[:1])
    assert (words(line), line.actor_name, line.icon) == ("model version: alias moved churn v1", "Stageward", "tag")


def test_what_people_typed_is_escaped(team):
    do(rename_workspace, workspace_id=team.workspace.pk, title="<script>x</script>", by=caller(team.admin))
    (line,) = feed_lines(Activity.objects.order_by("-id")[:1])
    assert ("<script>" in line.text, "&lt;script&gt;" in line.text) == (False, True)


def test_the_operator_is_named_as_such(team):
    do(set_member, workspace_id=team.workspace.pk, user_id=team.stranger.pk, role=Role.VIEWER, by=Caller.operator())
    (line,) = feed_lines(Activity.objects.order_by("-id")[:1])
    assert (line.actor, line.actor_name, line.via) == (None, "The operator", "command line")


@pytest.mark.parametrize("count", [1, 3, 30])
def test_lines_take_five_queries_whatever_their_number(team, django_assert_num_queries, count):
    for _ in range(3):
        team.approve(team.ask(team.version()))
    lines = list(Activity.objects.order_by("-id")[:count])
    with django_assert_num_queries(5):
        feed_lines(lines)


def test_every_icon_exists():
    assert [heroicon_micro(icon_of(verb)) for verb in [*SENTENCES, "other.verb"]]
