"""The whole flow as a requester and a peer go through it."""

from datetime import UTC, datetime

import pytest

from stageward import (
    AlreadyPending,
    Archived,
    Client,
    DigestChanged,
    ModelVersion,
    NotApplied,
    NotPending,
    OwnRequest,
    Production,
    Protected,
    RegisteredModel,
    Stage,
    Staging,
    StillWaiting,
    Unassigned,
    VersionLocked,
)


def test_a_requester_asks_and_a_peer_approves(engineer: Client, reviewer: Client, model: RegisteredModel, version: ModelVersion):
    request = version.change_stage(Staging("Undergoing final testing."))
    assert (request.status, request.comment, request.skipped_stages) == ("pending", "Undergoing final testing.", ["development"])
    assert request.waits_for
    assert version.stage == "unassigned"
    assert version.pending_request
    assert version.pending_request.id == request.id
    with pytest.raises(OwnRequest) as refused:
        request.approve()
    assert (refused.value.code, refused.value.status) == ("own-request", 403)
    assert str(refused.value) == refused.value.detail
    assert refused.value.request_id
    (waiting,) = [each for each in reviewer.inbox() if each.id == request.id]
    assert waiting.approve("Fine.").is_applied
    assert request.wait(timeout=5).status == "applied"
    assert request.decided_by == "reviewer"
    assert version.stage == "staging"
    assert model.get_version(number=1).pending_request is None
    assert model.versions.find("stage == staging")[0] == version
    assert version.activities[0].verb == "stage_change.applied"
    assert [entry.stage for entry in model.stage_history] == ["staging"]
    assert model.active_stages().stages["staging"][0].version == 1
    assert model.active_stages(at=datetime(2020, 1, 1, tzinfo=UTC)).stages["staging"] == []


def test_a_rejection_ends_the_wait_with_its_reason(reviewer: Client, version: ModelVersion):
    request = version.change_stage("staging")
    reviewer.request(request.id).reject("The AUC on the holdout is missing.")
    with pytest.raises(NotApplied, match=r"was rejected by reviewer: The AUC on the holdout is missing\.") as ended:
        request.wait(timeout=5)
    assert ended.value.request.status == "rejected"
    assert request.wait(check=False).status == "rejected"
    with pytest.raises(NotPending):
        reviewer.request(request.id).approve()


def test_a_wait_that_runs_out_leaves_the_request_filed(version: ModelVersion):
    request = version.change_stage(Production("Soon."))
    with pytest.raises(StillWaiting, match=f"Stage change request {request.id} .* waits: ") as waited:
        request.wait(timeout=0)
    assert waited.value.request.url == request.url
    assert request.is_pending


def test_a_second_ask_names_the_first(version: ModelVersion):
    first = version.change_stage(Staging())
    with pytest.raises(AlreadyPending) as refused:
        version.change_stage(Production())
    assert refused.value.extras["request"] == first.id
    assert refused.value.request
    assert refused.value.request.to_stage == "staging"
    assert first.revoke("Asked for the wrong stage.").status == "revoked"
    assert version.change_stage(Production()).is_pending


def test_asking_for_the_stage_that_it_stands_in_answers_the_request_that_brought_it_there(reviewer, version: ModelVersion):
    request = version.change_stage(Staging())
    reviewer.request(request.id).approve()
    again = version.change_stage(Staging("The nightly script, run again."))
    assert (again.id, again.status) == (request.id, "applied")
    assert again.wait(timeout=0) is again


def test_an_approval_is_for_what_was_seen(reviewer: Client, version: ModelVersion):
    request = version.change_stage(Staging())
    seen = reviewer.request(request.id)
    version.log_metrics({"auc": 0.5})
    with pytest.raises(DigestChanged):
        seen.approve()
    seen.refresh()
    assert seen.approve().is_applied


def test_an_approval_can_be_withdrawn_while_it_waits(reviewer, people, version: ModelVersion, model: RegisteredModel):
    boss = people("boss")
    policy = f"workspaces/{model.workspace}/stages/archived/policy"
    boss._session._send("PUT", policy, json={"approvals_required": 2}).raise_for_status()
    request = version.change_stage(Archived("Superseded."))
    seen = reviewer.request(request.id).approve()
    assert (seen.status, [review["counts"] for review in seen.reviews]) == ("pending", [True])
    assert [review["counts"] for review in seen.withdraw("Not yet.").reviews] == [False]
    boss._session._send("PUT", policy, json={"approvals_required": 1}).raise_for_status()


def test_checks_and_comments_stand_on_the_request(reviewer: Client, version: ModelVersion):
    request = version.change_stage(Staging())
    reviewer.request(request.id).report_check("load-test", "passed", url="https://ci.example.org/1", summary="p99 41 ms")
    request.refresh()
    assert [(check["name"], check["status"], check["summary"]) for check in request.checks] == [
        ("load-test", "passed", "p99 41 ms")
    ]
    request.add_comment("The report is in the usual place.")
    version.add_comment("Trained on October's data.")
    assert [line.verb for line in version.activities][:2] == ["comment.added", "comment.added"]


def test_what_is_set_on_a_version_is_kept(version: ModelVersion):
    version.update(description="The second try.", labels=["tabular"])
    version.add_labels(["eu", "tabular"]).del_label("tabular").add_attribute("commit", "9f2c1ab").add_attributes({"team": "risk"})
    version.refresh()
    assert (version.description, version.labels, version.attributes) == (
        "The second try.",
        ["eu"],
        {"commit": "9f2c1ab", "team": "risk"},
    )
    with pytest.raises(AttributeError, match="changed by its methods"):
        version.description = "Assigned."
    version.set_lock_level("closed")
    with pytest.raises(VersionLocked):
        version.add_attribute("commit", "0000000")


def test_a_version_is_compared_with_another_and_taken_home(tmp_path, model: RegisteredModel, version: ModelVersion):
    better = model.create_version("better", metrics={"auc": 0.95})
    compared = better.compare(1)
    (auc,) = [each for each in compared.fields if each.field == "metrics.auc"]
    assert (auc.base, auc.candidate, round(auc.delta or 0, 2), auc.better) == (0.91, 0.95, 0.04, "candidate")
    pack = better.evidence(tmp_path / "evidence.zip")
    assert pack.read_bytes()[:2] == b"PK"
    assert [path.name for path in tmp_path.iterdir()] == ["evidence.zip"]


def test_what_may_go_is_deleted_and_what_is_protected_stays(reviewer: Client, model: RegisteredModel, version: ModelVersion):
    reviewer.request(version.change_stage(Production()).id).approve()
    with pytest.raises(Protected):
        version.delete()
    reviewer.request(version.change_stage(Unassigned()).id).approve()
    model.create_version("a failure").delete()
    assert [each.number for each in model.versions] == [1]


def test_a_stage_of_any_lifecycle_can_be_asked_for(version: ModelVersion):
    assert version.change_stage(Stage("development", "By its key.")).to_stage == "development"
