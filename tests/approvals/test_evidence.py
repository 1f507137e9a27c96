"""What stands in an evidence pack, and who gets it."""

import io
import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from activity import clock
from activity.errors import NotFound
from activity.models import Activity
from activity.seals import public_key, write_seal
from activity.unit import unit_of_work
from approvals.export import lines as exported_lines
from approvals.export import requests as exported_requests
from approvals.services import add_comment
from registry.models import ModelVersion
from registry.services import delete_model, register_model, register_version
from tests.approvals.evidence import document, lines, pack, unpacked, verify
from tests.cast import Team, caller, make_team

pytestmark = pytest.mark.django_db
FILES = {
    "README.txt", "comments.json", "log.jsonl", "manifest.json", "manifest.sig", "public_key.pem", "seals.json", "summary.html",
    "verify.py", "version.json",
}  # fmt: skip


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def eventful(team: Team) -> ModelVersion:
    """A version with every kind of end, break-glass, checks, words, and an incumbent; other versions live beside it."""
    team.move(team.version(metrics={"auc": 0.8}), "production")
    version = team.version(metrics={"auc": 0.9, "loss": 0.2}, artifact_uri="s3://a", artifact_digest=f"sha256:{'ab' * 32}")
    team.reject(team.ask(version, "staging", comment="Please."), comment="Not <yet> & not so.")
    team.revoke(team.ask(version, "staging"))
    team.version()
    team.edit(version, metrics={"auc": 0.91})
    team.policy("staging", 2, required_checks=[{"name": "tests"}])
    asked = team.ask(version, "staging")
    team.check(asked, status="failed")
    team.approve(asked)
    team.edit(version, metrics={"auc": 0.92})
    team.approve(asked)
    team.check(asked)
    team.approve(asked, by=team.second_reviewer)
    team.policy("production", 1, break_glass_roles=["admin"])
    team.sign_off(team.bypass(team.ask(version, "production")))
    with unit_of_work():
        add_comment(version_id=version.pk, body="Well done, “all”.", by=caller(team.reviewer))
    return ModelVersion.objects.select_related("model").get(pk=version.pk)


def test_the_pack_of_an_eventful_version_is_whole(team: Team, eventful: ModelVersion, tmp_path: Path):
    write_seal()
    folder = unpacked(team, eventful, tmp_path)
    code, said = verify(folder)
    assert (code, said.count("WRONG"), said.count("NOTE")) == (0, 0, 0), said
    assert "4 requests" in said
    assert "sealed up to line" in said
    requests = {f"requests/{pk}.json" for pk in eventful.change_requests.values_list("pk", flat=True)}
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == FILES | requests


def test_without_the_package_for_signatures_it_is_checked_as_far_as_that_goes_and_says_so(
    team: Team, eventful: ModelVersion, tmp_path: Path
):
    write_seal()
    code, said = verify(unpacked(team, eventful, tmp_path), python=("-I", "-S"))
    assert code == 0
    assert "Signatures were not checked" in said


def test_each_request_has_what_was_decided_on_and_the_policy_of_its_day(team: Team, eventful: ModelVersion, tmp_path: Path):
    folder = unpacked(team, eventful, tmp_path)
    first, _, third, last = eventful.change_requests.order_by("pk")
    rejected, applied = document(folder, f"requests/{first.pk}.json"), document(folder, f"requests/{third.pk}.json")
    assert (rejected["request"]["status"], rejected["policy"]["approvals_required"]) == ("rejected", 1)
    assert json.loads(rejected["approved_content"])["version"]["metrics"] == {"auc": 0.9, "loss": 0.2}
    assert (applied["policy"]["approvals_required"], applied["policy"]["required_checks"][0]["name"]) == (2, "tests")
    assert json.loads(applied["approved_content"])["version"]["metrics"] == {"auc": 0.92}
    assert [check["status"] for check in applied["request"]["checks"]] == ["failed", "passed"]
    alone = document(folder, f"requests/{last.pk}.json")
    assert (alone["request"]["effect"], alone["request"]["sign_off"]["reviewer"]) == ("break-glass", "reviewer")
    assert "available_actions" not in alone["request"]


def test_a_request_is_compared_with_who_held_the_stage_at_the_time_as_it_was_then(team: Team, tmp_path: Path):
    old, new = team.version(metrics={"auc": 0.8}), team.version(metrics={"auc": 0.9})
    team.move(old, "staging")
    asked = team.approve(team.ask(new, "staging"))
    team.edit(old, metrics={"auc": 0.1})
    team.edit(new, metrics={"auc": 0.2})
    team.move(team.version(metrics={"auc": 0.7}), "staging")
    compared = document(unpacked(team, new, tmp_path), f"requests/{asked.pk}.json")["comparison"]
    auc = next(field for field in compared["fields"] if field["field"] == "metrics.auc")
    assert (compared["base"]["version"], auc["base"], auc["candidate"]) == (1, 0.8, 0.9)


def test_who_was_displaced_is_what_it_is_compared_with_and_part_of_what_was_approved(tmp_path: Path):
    team = make_team(preset="chariot")
    team.move(team.version(metrics={"auc": 0.8}), "production")
    version = team.move(team.version(metrics={"auc": 0.9}), "production")
    folder = unpacked(team, version, tmp_path)
    told = document(folder, f"requests/{version.change_requests.get().pk}.json")
    assert told["comparison"]["base"]["version"] == 1
    assert [each["version"] for each in json.loads(told["approved_content"])["incumbents"]] == [1]
    shown = [line["line"]["verb"] for line in lines(folder) if "line" in line]
    assert "model_version.displaced" in shown  # of the other version, but by this one's request
    assert verify(folder)[0] == 0


def test_lines_of_other_versions_are_there_by_their_fingerprint_alone(team: Team, tmp_path: Path):
    version = team.version(name="mine")
    team.edit(team.version(name="another"), description="secret plans")
    team.edit(version, description="mine too")
    folder = unpacked(team, version, tmp_path)
    assert ["line" in line for line in lines(folder)] == [True, False, False, True]
    assert all(set(line) == {"seq", "hash", "hashed"} for line in lines(folder) if "line" not in line)
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"secret plans" not in everything
    assert b"another" not in (folder / "log.jsonl").read_bytes()
    assert verify(folder)[0] == 0


def test_the_lines_reach_from_the_first_of_the_version_to_the_first_seal_after_its_last(team: Team, tmp_path: Path):
    team.version()
    version = team.version()
    team.version()
    write_seal()
    team.version()
    write_seal()
    folder = unpacked(team, version, tmp_path)
    own = Activity.objects.get(version_id=version.pk)
    assert [line["seq"] for line in lines(folder)] == [own.seq, own.seq + 1]
    seals = document(folder, "seals.json")
    assert [seal["number"] for seal in seals["seals"]] == [1]
    assert seals["public_key"] == public_key()


def test_the_same_past_makes_the_same_files_but_for_when_it_was_made(team: Team, eventful: ModelVersion):
    first, second = (ZipFile(io.BytesIO(pack(team, eventful))) for _ in range(2))
    same = {name for name in first.namelist() if first.read(name) == second.read(name)}
    assert same >= set(first.namelist()) - {"README.txt", "summary.html", "manifest.json", "manifest.sig"}
    assert first.namelist() == second.namelist()


def test_it_is_read_in_chunks_and_nothing_is_lost_between_them(
    team: Team, eventful: ModelVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = ZipFile(io.BytesIO(pack(team, eventful)))
    monkeypatch.setattr(exported_lines, "CHUNK", 2)
    monkeypatch.setattr(exported_requests, "CHUNK", 1)
    parts = ZipFile(io.BytesIO(pack(team, eventful)))
    assert parts.namelist() == whole.namelist()
    assert parts.read("log.jsonl") == whole.read("log.jsonl")


def test_it_takes_as_many_queries_for_many_requests_and_lines_as_for_few(team: Team):
    version = team.version()
    counts = []
    for _ in range(2):
        for _ in range(3):
            team.reject(team.ask(version, "staging"))
        with CaptureQueriesContext(connection) as queries:
            pack(team, version)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_making_a_pack_leaves_no_line_in_the_log(team: Team, eventful: ModelVersion):
    before = Activity.objects.count()
    pack(team, eventful)
    assert Activity.objects.count() == before


def test_a_deleted_version_and_one_of_a_deleted_model_keep_their_evidence(team: Team, tmp_path: Path):
    version = team.version()
    team.reject(team.ask(version))
    team.delete(version)
    folder = unpacked(team, version, tmp_path / "version")
    assert document(folder, "version.json")["deleted_at"]
    assert "deleted since" in (folder / "README.txt").read_text()
    assert verify(folder)[0] == 0
    with unit_of_work():
        delete_model(model_id=team.model.pk, by=caller(team.admin))
    assert verify(unpacked(team, version, tmp_path / "model"))[0] == 0


def test_the_page_s_button_answers_a_file_and_others_find_nothing(team: Team, eventful: ModelVersion):
    client = Client()
    address = "/w/default/models/churn/versions/2/evidence"
    assert client.get(address).status_code == 302
    client.force_login(team.viewer)
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert answer["Content-Disposition"] == 'attachment; filename="evidence-churn-2.zip"'
    assert ZipFile(io.BytesIO(b"".join(answer))).testzip() is None
    asked = eventful.change_requests.first()
    assert asked
    for page in ("/w/default/models/churn/versions/2", f"/requests/{asked.pk}"):
        assert f'href="{address}"' in client.get(page).content.decode()
    assert client.get("/w/default/models/churn/versions/9/evidence").status_code == 404
    client.force_login(team.stranger)
    assert client.get(address).status_code == 404


def test_names_with_odd_characters_stay_what_they_are(team: Team, tmp_path: Path):
    name = "Größe <b>&\"' 模型 %}".replace("%}", "}}")
    with unit_of_work():
        model = register_model(workspace_id=team.workspace.pk, name=name, by=caller(team.engineer))
        version = register_version(model_id=model.pk, by=caller(team.engineer), name="v1 – “β”", metrics={"a\u2028b'\"<": 1.5})
    team.approve(team.ask(version, "staging", comment="</style><script>alert(1)</script>\n{{ x }}"))
    client = Client()
    client.force_login(team.viewer)
    answer = client.get(f"/w/default/models/{name}/versions/1/evidence".replace('"', "%22"))
    assert answer.status_code == 200
    assert "filename*=utf-8''" in answer["Content-Disposition"]
    folder = unpacked(team, version, tmp_path)
    assert verify(folder)[0] == 0
    page = (folder / "summary.html").read_text()
    assert "<script" not in page
    assert "Größe &lt;b&gt;&amp;&quot;" in page
    assert name in (folder / "README.txt").read_text()


def test_a_version_that_nobody_may_see_is_not_there(team: Team):
    version = team.version()
    for name in ("nothing", "nul\x00"):
        with pytest.raises(NotFound):
            pack(team, ModelVersion(model=type(team.model)(name=name), number=1))
    with pytest.raises(NotFound):
        pack(team, version, by=team.stranger)
    assert clock.now()
