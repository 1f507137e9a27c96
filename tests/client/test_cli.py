"""The command line: what it says, and how it ends."""

import io
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from stageward import Client, ModelVersion, RegisteredModel, Staging
from stageward.cli import main
from stageward.cli.console import Console
from stageward.cli.exits import ENDED, FAILED, LATER, NOT_ALLOWED, NOT_FOUND, OK, USAGE, WAITS
from stageward.settings import file
from tests.processes import ROOT


class Said(str):
    """What a command said: this is standard output; `code` and `error` are the rest."""

    code: int
    error: str


@pytest.fixture
def cli(people, host, capsys, monkeypatch) -> Callable[..., Said]:
    """`cli("reviewer", "inbox")`: run a command as somebody, in this process."""

    def run(name: str, *words: str) -> Said:
        monkeypatch.setenv("STAGEWARD_HOST", host)
        monkeypatch.setenv("STAGEWARD_TOKEN", people.installation.tokens[name])
        code = main(words)
        captured = capsys.readouterr()
        said = Said(captured.out)
        said.code, said.error = code, captured.err
        return said

    return run


def test_a_move_from_the_command_line(cli, model: RegisteredModel):
    registered = cli(
        "engineer", "register", model.name, "--name", "v3.1.0", "--metric", "auc=0.91", "--attribute", "commit=9f2c1ab"
    )
    assert (registered.code, registered.error) == (OK, "")
    assert registered.startswith(f"{model.name}/1 (v3.1.0) is registered: http")
    asked = cli("engineer", "request", f"{model.name}/v3.1.0", "production", "-m", "Ready.")
    number = asked.split()[3]
    assert asked.code == WAITS
    assert f"Stage change request {number} ({model.name} v3.1.0 to production) waits: " in asked
    inbox = cli("reviewer", "inbox")
    assert "REQUEST  MODEL" in inbox
    assert any(
        line.split()[0] == number and "unassigned → production (skips development, staging)" in line
        for line in inbox.splitlines()
    )
    shown = cli("reviewer", "show", number)
    assert [line for line in shown.splitlines() if line.startswith(("comment", "you may"))] == [
        "comment   Ready.",
        "you may   approve, reject",
    ]
    own = cli("engineer", "approve", number)
    assert (own.code, str(own)) == (NOT_ALLOWED, "")
    assert own.error.startswith("stageward: You asked for this change")
    checked = cli("reviewer", "check", "report", number, "load-test", "passed", "--summary", "p99 41 ms")
    assert checked.code == OK
    approved = cli("reviewer", "approve", number, "-m", "Checked.")
    assert (approved.code, approved.strip()) == (
        OK,
        f"Stage change request {number} ({model.name} v3.1.0 to production) was applied by reviewer: Checked.",
    )
    again = cli("engineer", "request", f"{model.name}/1", "production")
    assert (again.code, again) == (OK, approved)
    assert cli("engineer", "show", model.name).splitlines()[-3] == "in production  v3.1.0 (1)"
    assert "stage_change.applied" in cli("engineer", "log", f"{model.name}/1")
    late = cli("reviewer", "reject", number, "-m", "Too late.")
    assert (late.code, late.error.startswith("stageward: ")) == (FAILED, True)


def test_a_pipeline_waits_and_ends_with_the_outcome(cli, reviewer: Client, version: ModelVersion):
    target = f"{version.model}/{version.number}"

    def decide() -> None:
        while not (pending := version.pending_request):
            pass
        reviewer.request(pending.id).reject("No holdout figures.")

    peer = threading.Thread(target=decide)
    peer.start()
    rejected = cli("engineer", "request", target, "staging", "--wait", "--timeout", "1m")
    peer.join()
    assert rejected.code == ENDED
    assert rejected.strip().endswith("was rejected by reviewer: No holdout figures.")
    assert "Waiting …" in rejected.error
    assert cli("engineer", "wait", rejected.split()[3]).code == ENDED


def test_a_pipeline_that_is_run_again_goes_on_with_its_request(cli, version: ModelVersion):
    target = f"{version.model}/{version.number}"
    first = cli("engineer", "request", target, "staging")
    again = cli("engineer", "request", target, "staging", "--wait", "--timeout", "0")
    assert (again.code, again) == (WAITS, first)
    assert again.error.startswith(f"Request {first.split()[3]} asks for the same already.\n")
    assert "The time is over; the request stays filed." in again.error
    other = cli("engineer", "request", target, "production", "--json")
    assert (other.code, json.loads(other.error)["code"], str(other)) == (FAILED, "already-pending", "")
    assert (
        cli("engineer", "revoke", first.split()[3], "-m", "Never mind.").strip().endswith("was revoked by engineer: Never mind.")
    )


def test_scripts_get_what_the_api_says(cli, version: ModelVersion):
    asked = cli("engineer", "request", f"{version.model}/1", "staging", "--json")
    request = json.loads(asked)
    assert (asked.code, request["status"], request["requester"]) == (WAITS, "pending", "engineer")
    assert json.loads(cli("reviewer", "show", str(request["id"]), "--json"))["digest"] == request["digest"]
    assert request["id"] in [each["id"] for each in json.loads(cli("reviewer", "inbox", "--json"))]
    assert [each["name"] for each in json.loads(cli("engineer", "versions", version.model, "--json"))] == ["v1"]
    assert json.loads(cli("engineer", "models", "-q", version.model, "--json"))[0]["name"] == version.model
    assert json.loads(cli("engineer", "log", f"{version.model}/1", "--json"))[0]["verb"] == "stage_change.requested"
    assert json.loads(cli("engineer", "whoami", "--json"))["user"]["username"] == "engineer"
    assert json.loads(cli("engineer", "requests", "--mine", "--status", "pending", "--json"))
    stale = cli("reviewer", "approve", str(request["id"]), "--digest", "sha256:" + "0" * 64, "--json")
    assert (stale.code, json.loads(stale.error)["code"]) == (FAILED, "digest-changed")


def test_people_get_tables(cli, version: ModelVersion, model: RegisteredModel):
    model.create_version("better", metrics={"auc": 0.95})
    listed = cli("engineer", "versions", model.name)
    assert listed.splitlines()[0].split() == ["VERSION", "NAME", "STAGE", "WAITING", "METRICS", "REGISTERED", "BY"]
    assert [line.split()[:6] for line in listed.splitlines()[1:]] == [
        ["2", "better", "unassigned", "–", "auc", "0.95"],
        ["1", "v1", "unassigned", "–", "auc", "0.91"],
    ]
    cut = cli("engineer", "versions", model.name, "--limit", "1")
    assert (len(cut.splitlines()), cut.error) == (2, "There are more than these 1: --limit shows others.\n")
    assert cli("engineer", "versions", model.name, "--find", "stage == production") == "There are no such versions.\n"
    assert "metrics.auc" in cli("engineer", "compare", f"{model.name}/2", "1")
    assert cli("engineer", "show", f"{model.name}/2").splitlines()[0] == f"version     {model.name}/2 (better)"
    assert cli("engineer", "models", "-q", model.name).splitlines()[1].split() == [model.name, "–", "–", "2", "engineer"]


def test_files_are_digested_here_and_packs_are_taken_home(cli, model: RegisteredModel, tmp_path):
    artifact = tmp_path / "model.onnx"
    artifact.write_bytes(b"weights")
    said = cli("engineer", "register", model.name, "--uri", "s3://models/1.onnx", "--file", str(artifact), "--json")
    assert json.loads(said)["artifact_digest"] == f"sha256:{_sha256(artifact)}"
    pack = tmp_path / "pack.zip"
    assert cli("engineer", "evidence", f"{model.name}/1", "-o", str(pack)).code == OK
    assert pack.read_bytes()[:2] == b"PK"
    exported = cli("engineer", "log", model.name, "--export", "jsonl")
    assert [json.loads(line)["verb"] for line in exported.splitlines()] == ["model_version.registered", "model.registered"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["show", "nothing-of-this-name"], NOT_FOUND, "stageward: There is no"),
        (["show", "999999"], NOT_FOUND, "stageward: There is no stage change request 999999"),
        (["versions", "nothing-of-this-name"], NOT_FOUND, "stageward: There is no"),
        (["request", "churn", "staging"], USAGE, "stageward: churn names no version. Write the model and its number: churn/3"),
        (["request", "churn/1", "staging", "--timeout", "soon"], USAGE, "usage: "),
        (["register", "churn", "--metric", "auc"], USAGE, "usage: "),
        (["reject", "1"], USAGE, "usage: "),
        (["check", "report", "1", "load-test", "great"], USAGE, "usage: "),
        (["frobnicate"], USAGE, "usage: "),
        ([], USAGE, "usage: "),
    ],
)
def test_what_cannot_be_done_ends_with_its_code(cli, words, code, said):
    ended = cli("engineer", *words)
    assert (ended.code, str(ended)) == (code, "")
    assert ended.error.startswith(said)


def test_the_role_and_the_network_have_codes_of_their_own(cli, version: ModelVersion, free_port):
    assert cli("reader", "request", f"{version.model}/1", "staging").code == NOT_ALLOWED
    assert cli("engineer", "whoami", "--host", "http://127.0.0.1:1").code == LATER


def test_every_command_has_help_and_none_takes_a_token(cli):
    overview = cli("engineer", "--help")
    assert overview.code == OK
    for name in ("login", "register", "request", "inbox", "approve", "check", "evidence"):
        told = cli("engineer", name, "--help")
        assert told.code == OK
        assert f"\n    {name} " in overview
        assert "--token" not in told
    assert "3  the request is filed and waits for approval or checks" in overview


def test_login_keeps_the_token_for_its_owner_alone_and_logout_forgets_it(cli, people, host, monkeypatch):
    token = people.installation.tokens["engineer"]
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{token}\n"))
    said = cli("engineer", "login", host, "-w", "slots")
    assert (said.code, said.strip()) == (OK, f"You are engineer at {host}. The token is in {file()}, for you alone to read.")
    assert stat.S_IMODE(file().stat().st_mode) == 0o600
    monkeypatch.delenv("STAGEWARD_TOKEN")
    monkeypatch.delenv("STAGEWARD_HOST")
    with Client() as client:
        assert (client.me().username, client.workspace) == ("engineer", "slots")
    assert cli("engineer", "logout", host).code == OK
    assert token not in file().read_text()


def test_login_keeps_no_token_that_is_refused(cli, host, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("swd_of-nobody\n"))
    refused = cli("engineer", "login", host)
    assert (refused.code, "unknown, revoked or expired" in refused.error, file().exists()) == (NOT_ALLOWED, True, False)


def test_open_says_which_page(cli, version: ModelVersion, monkeypatch):
    monkeypatch.setenv("BROWSER", "true")
    assert cli("engineer", "open", f"{version.model}/1").strip() == version.url


def test_the_program_runs_in_a_pipeline(people, host, version: ModelVersion):
    """As a process: standard input is no terminal, colours stay away, and whoever stops reading stops it quietly."""
    request = version.change_stage(Staging())
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {
        **kept,
        "PYTHONPATH": str(ROOT / "client"),
        "STAGEWARD_HOST": host,
        "STAGEWARD_TOKEN": people.installation.tokens["reviewer"],
    }
    program = f"{sys.executable} -m stageward"
    script = f"{program} log --limit 200 | head -1; {program} approve {request.id}; echo ended with $?"
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.splitlines()[0].split() == ["WHEN", "WHO", "WHAT", "MODEL", "VERSION", "REQUEST", "STAGE"]
    assert done.stdout.splitlines()[-1] == "ended with 0"
    assert "\x1b" not in done.stdout
    narrow = {**environment, "PYTHONIOENCODING": "latin-1"}
    poor = subprocess.run(["bash", "-c", f"{program} show {request.id}"], env=narrow, capture_output=True, check=True, timeout=60)
    assert b"unassigned ? staging" in poor.stdout


def test_completion_knows_every_command(cli):
    script = cli("engineer", "completion", "bash")
    tried = f'{script}\nCOMP_WORDS=(stageward ap); COMP_CWORD=1; _stageward; echo "${{COMPREPLY[@]}}"\n'
    tried += 'COMP_WORDS=(stageward request m/1 --w); COMP_CWORD=3; _stageward; echo "${COMPREPLY[@]}"\n'
    done = subprocess.run(["bash", "-c", tried], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["approve", "--workspace --wait"]


def _sha256(path) -> str:
    done = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True)
    return done.stdout.split()[0]


def test_a_terminal_gets_colours_and_lines_that_fit(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def shown(**environment: str) -> list[str]:
        for name, value in {"COLUMNS": "40", "TERM": "xterm", "NO_COLOR": "", **environment}.items():
            monkeypatch.setenv(name, value)
        out = Terminal()
        Console(out, out).table(["NAME", "STATUS", "WHY"], [["churn", "pending", "because " * 10]], nothing="")
        return out.getvalue().splitlines()

    assert shown()[1].startswith("churn  \x1b[33mpending\x1b[0m  because ")
    assert [len(line) for line in shown(NO_COLOR="1")] == [19, 40]
    assert shown(TERM="dumb")[1] == "churn  pending  because because because…"
