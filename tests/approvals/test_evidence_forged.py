"""Every forgery of an evidence pack that can be found without the log is found, and named."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from activity.models import Activity, Seal, SealedHead
from activity.seals import as_text, public_key, write_seal
from tests.approvals.evidence import document, findings, forge, lines, unpacked, verify
from tests.cast import make_team
from tests.log import rehash, rewrite, without_triggers

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The pack of a version among others: rejected once, then applied; sealed."""
    team = make_team()
    version = team.version(metrics={"auc": 0.9})
    team.reject(team.ask(version, "staging"))
    team.version()
    team.approve(team.ask(version, "staging"))
    team.version()
    write_seal()
    return unpacked(team, version, tmp_path / "pack")


def request_name(folder: Path, status: str) -> str:
    """The file of the request with this status."""
    paths = sorted((folder / "requests").glob("*.json"))
    return next(f"requests/{path.name}" for path in paths if json.loads(path.read_text())["request"]["status"] == status)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_changed_byte_in_any_file_is_found_and_the_file_named(folder: Path):
    names = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    assert len(names) == 12
    for name in names:
        path, length = folder / name, (folder / name).stat().st_size
        whole = path.read_bytes()
        for place in (0, length // 2, length - 1):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            code, said = verify(folder)
            assert code == 1, (name, place)
            assert str(name) in said, (name, place, said)
        path.write_bytes(whole)
    assert verify(folder)[0] == 0


def test_a_file_more_or_less_is_found(folder: Path):
    (folder / "more.txt").write_text("x")
    (folder / "comments.json").unlink()
    assert findings(folder) == [
        "more.txt: is not named in manifest.json",
        "comments.json: is named in manifest.json, and is not there",
    ]


def drop(told: list[Any]) -> list[Any]:
    return told[:3] + told[4:]


def swap(told: list[Any]) -> list[Any]:
    return [*told[:3], told[4], told[3], *told[5:]]


def insert(told: list[Any]) -> list[Any]:
    return [*told[:3], told[2], *told[3:]]


def drop_first(told: list[Any]) -> list[Any]:
    return told[1:]


def drop_last(told: list[Any]) -> list[Any]:
    return told[:-1]


@pytest.mark.parametrize("change", [drop, swap, insert, drop_first, drop_last])
def test_a_line_dropped_swapped_or_inserted_is_found_though_the_manifest_agrees(folder: Path, change: Any):
    forge(folder, "log.jsonl", change)
    assert any(finding.startswith("log.jsonl: ") for finding in findings(folder))


def test_a_manifest_that_agrees_with_a_forgery_is_not_signed(folder: Path):
    forge(folder, "comments.json", lambda told: [{"author": "reviewer", "body": "Fine by me."}])
    assert findings(folder) == []
    assert verify(folder)[0] == 1
    assert "manifest.sig: is not the signature of manifest.json" in verify(folder)[1]


@pytest.mark.parametrize(
    ("column", "value"),
    [("verb", "x.y"), ("via", "api"), ("request", 9), ("to_stage", "production"), ("data", {}), ("at", "2020-01-01T00:00:00Z"), ("seq", 1),
     ("hash", "0" * 64)],
)  # fmt: skip
def test_what_is_there_to_be_read_says_what_was_hashed(folder: Path, column: str, value: Any):
    def change(told: list[Any]) -> list[Any]:
        told[1]["line"][column] = value
        return told

    forge(folder, "log.jsonl", change)
    assert [finding[:16] for finding in findings(folder)][:1] == ["log.jsonl: line "]


def test_a_line_rewritten_with_all_hashes_after_it_is_found_by_the_seal(folder: Path):
    def change(told: list[Any]) -> list[Any]:
        previous = ""
        for index, line in enumerate(told):
            hashed = json.loads(line["hashed"])
            if index == 1:
                line["body"] = line["body"].replace('\\"to\\":\\"staging\\"', '\\"to\\":\\"archived\\"')
                line["line"]["data"]["to"] = "archived"
            hashed[2] = previous or hashed[2]
            hashed[3] = sha256(line["body"]) if "body" in line else hashed[3]
            line["hashed"] = json.dumps(hashed, separators=(",", ":"))
            line["hash"] = previous = sha256(line["hashed"])
            if "line" in line:
                line["line"]["hash"] = previous
        return told

    forge(folder, "log.jsonl", change)
    (finding,) = findings(folder)
    assert finding.endswith("is not the one that seal 1 names")


def test_a_request_that_says_something_else_than_the_log_is_found(folder: Path):
    rejected, applied = request_name(folder, "rejected"), request_name(folder, "applied")

    def approved(told: Any) -> Any:
        told["request"] |= {"status": "applied"}
        return told

    forge(folder, rejected, approved)
    assert findings(folder) == [f"{rejected}: is applied, but the log says otherwise"]

    def one_more(told: Any) -> Any:
        told["request"]["reviews"] *= 2
        told["request"]["checks"].append({"name": "tests", "status": "passed"})
        return told

    forge(folder, applied, one_more)
    assert [finding.partition(":")[0] for finding in findings(folder)] == [rejected, applied, applied]


def test_other_content_than_what_was_approved_is_found_whatever_digest_it_is_given(folder: Path):
    applied = request_name(folder, "applied")

    def better(told: Any) -> Any:
        told["approved_content"] = told["approved_content"].replace("0.9", "0.99")
        return told

    forge(folder, applied, better)
    assert findings(folder) == [f"{applied}: its digest is not that of the content beside it"]

    def agreeing(told: Any) -> Any:
        told["request"]["digest"] = f"sha256:{sha256(told['approved_content'])}"
        return told

    forge(folder, applied, agreeing)
    assert findings(folder) == [f"{applied}: its digest is not the one in the log"]


def test_a_request_left_out_is_found(folder: Path):
    name = request_name(folder, "rejected")
    (folder / name).unlink()
    manifest = document(folder, "manifest.json")
    del manifest["files"][name]
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    assert findings(folder) == [f"{name}: is missing, the log has that request"]


def test_another_key_is_found_when_one_knows_the_right_one(folder: Path):
    assert findings(folder, "--key", public_key()) == []
    assert findings(folder, "--key", "00" * 32) == ["seals.json: names another public key than the one given"]


def test_seals_kept_elsewhere_find_a_log_rewritten_by_who_holds_the_key_too(tmp_path: Path):
    team = make_team()
    version = team.version()
    team.edit(version, description="as it was")
    seal = write_seal()
    assert seal
    kept = tmp_path / "seals.jsonl"
    kept.write_text(as_text(seal) + "\n")
    honest = unpacked(team, version, tmp_path / "honest")
    assert verify(honest, "--seals", str(kept))[0] == 0
    rewrite_history(Activity.objects.filter(version_id=version.pk).latest("id"))
    forged = unpacked(team, version, tmp_path / "forged")
    assert verify(forged)[0] == 0  # it agrees with itself, signatures and all
    code, said = verify(forged, "--seals", str(kept))
    assert code == 1
    assert "is not the one that seal 1, kept elsewhere, names" in said


def rewrite_history(line: Activity) -> None:
    """Rewrite a line, all hashes and the seals, as the owner of the tables could who has the seal key."""
    with without_triggers():
        rewrite(line, data='{"description":{"from":"","to":"as it never was"}}')
        rehash(line.chain.key)
        SealedHead.objects.all()._raw_delete("default")
        Seal.objects.all()._raw_delete("default")
    write_seal()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_signatures_hold_for_openssl_as_the_readme_says(folder: Path):
    said = (folder / "README.txt").read_text().replace("\\\n", "")
    python = said[said.index("  python3 -c") : said.index("  openssl pkeyutl", said.index("  python3 -c"))]
    commands = [line.strip() for line in said.splitlines() if line.startswith("  openssl pkeyutl")]
    assert len(commands) == 2
    for command in (commands[0], python.strip().replace("python3", sys.executable), commands[1]):
        subprocess.run(["bash", "-c", command], cwd=folder, check=True, capture_output=True)
    (folder / "manifest.json").write_text("{}")
    assert subprocess.run(["bash", "-c", commands[0]], cwd=folder, check=False, capture_output=True).returncode != 0


def test_a_pack_can_be_checked_by_a_program_from_elsewhere(folder: Path, tmp_path: Path):
    elsewhere = tmp_path / "trusted"
    elsewhere.mkdir()
    shutil.copy(Path("approvals/export/verify.py"), elsewhere)
    assert verify(elsewhere, "--folder", str(folder))[0] == 0
    assert len(lines(folder)) > 5
