"""Seals: what they name, how they hold together, and the tampering that only they find."""

import hashlib
import json
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from activity.log import SYSTEM, Subject, record
from activity.models import Activity, Chain, Seal, SealedHead
from activity.seals import as_text, from_text, public_key, seal_hash, signature_holds, signing_key, write_seal
from activity.tasks import seal_log
from activity.unit import unit_of_work
from activity.verify import verify_everything, verify_seals
from tests.log import delete, findings, rehash, rewrite, without_triggers

pytestmark = pytest.mark.django_db


def write(model_id: int, times: int = 1) -> list[Activity]:
    with unit_of_work():
        return [record("thing.done", by=SYSTEM, on=Subject(workspace_id=1, model_id=model_id)) for _ in range(times)]


@pytest.fixture
def lines() -> list[Activity]:
    """Six sealed lines of one chain, two seals."""
    written = write(5, times=3)
    write(6)
    write_seal()
    written += write(5, times=3)
    write_seal()
    assert findings() == []
    return written


def heads(seal: Seal) -> dict:
    return json.loads(seal.heads)


def test_a_seal_names_every_head_that_moved_since_the_one_before_it(lines):
    first, second = Seal.objects.order_by("number")
    other = Activity.objects.get(chain__key="model:6")
    assert heads(first) == {"model:5": [3, lines[2].hash], "model:6": [1, other.hash]}
    assert heads(second) == {"model:5": [6, lines[5].hash]}
    assert (first.number, first.prev_hash, second.number, second.prev_hash) == (1, "", 2, first.hash)


def test_nothing_is_sealed_when_no_chain_moved(lines):
    assert write_seal() is None
    assert seal_log() is None
    assert Seal.objects.count() == 2


def test_an_empty_log_has_nothing_to_seal():
    Chain.objects.create(key="model:5")
    assert write_seal() is None


def test_the_clock_seals_what_moved(lines):
    write(6)
    assert seal_log() == 3


def test_two_seals_cannot_have_one_number(lines):
    seal = Seal.objects.get(number=2)
    seal.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        seal.save(force_insert=True)


def test_a_seal_can_be_checked_without_this_application(lines):
    seal = json.loads(as_text(Seal.objects.get(number=2)))
    text = json.dumps([seal["number"], seal["prev_hash"], json.dumps(seal["heads"], sort_keys=True, separators=(",", ":")),
                       seal["created_at"]], separators=(",", ":"))  # fmt: skip
    assert seal["hash"] == hashlib.sha256(text.encode()).hexdigest()
    assert signature_holds(seal["hash"], seal["signature"], seal["public_key"]) is True
    assert seal["public_key"] == public_key()


@pytest.mark.parametrize(("digest", "signature", "key"), [("00", "x", "y"), ("", "", ""), ("00" * 32, "00" * 64, "00" * 32)])
def test_a_signature_that_is_none_does_not_hold(digest, signature, key):
    assert signature_holds(digest, signature, key) is False


def test_each_new_seal_is_appended_to_the_file_that_is_kept_elsewhere(tmp_path, settings):
    settings.SEAL_EXPORT = str(tmp_path / "seals")
    for model_id in (5, 6):
        write(model_id)
        write_seal()
    assert (tmp_path / "seals").read_text().splitlines() == [as_text(seal) for seal in Seal.objects.order_by("number")]


def test_a_tail_cut_together_with_its_head_is_found_by_a_seal(lines):
    with without_triggers():
        delete(*lines[4:])
        Chain.objects.filter(key="model:5").update(seq=4, head=lines[3].hash)
    assert findings() == [("seal 2 names line 6 of model:5, which is gone or says something else", None)]


def test_a_rewritten_chain_with_new_hashes_is_found_by_the_first_seal_over_it(lines):
    with without_triggers():
        rewrite(lines[1], data='{"number":7}')
        rehash("model:5")
    assert findings() == [
        ("seal 1 names line 3 of model:5, which is gone or says something else", lines[2].pk),
        ("seal 2 names line 6 of model:5, which is gone or says something else", lines[5].pk),
    ]


def test_a_chain_removed_without_a_trace_is_found_by_a_seal(lines):
    with without_triggers():
        delete(*Activity.objects.filter(chain__key="model:6"))
        SealedHead.objects.filter(chain__key="model:6").delete()
        Chain.objects.filter(key="model:6").delete()
    assert findings() == [("seal 1 names line 1 of model:6, which is gone or says something else", None)]


@pytest.mark.parametrize("column", ["heads", "created_at"])
def test_an_edited_seal_is_found(lines, column):
    seal = Seal.objects.get(number=1)
    with without_triggers():
        Seal.objects.filter(number=1).update(**{column: "{}" if column == "heads" else lines[0].created_at})
    found = findings()
    assert found[0] == ("seal 1 was changed after it was written", None)
    assert seal.pk == Seal.objects.get(number=1).pk


def test_a_seal_that_is_no_json_any_more_is_found(lines):
    with without_triggers():
        Seal.objects.filter(number=2).update(heads="not json")
    assert findings()[0] == ("seal 2 was changed after it was written", None)


def test_an_edited_signature_is_found(lines):
    with without_triggers():
        Seal.objects.filter(number=2).update(signature="00" * 64)
    assert findings()[0] == ("seal 2 is not signed with this installation's key", None)


def test_a_seal_forged_with_another_key_is_found(lines):
    forger = Ed25519PrivateKey.generate()
    with without_triggers():
        delete(*lines[4:])
        Chain.objects.filter(key="model:5").update(seq=4, head=lines[3].hash)
        seal = Seal.objects.get(number=2)
        seal.heads = json.dumps({"model:5": [4, lines[3].hash]}, separators=(",", ":"))
        seal.hash = seal_hash(2, seal.prev_hash, seal.heads, seal.created_at.isoformat(timespec="microseconds"))
        seal.signature = forger.sign(bytes.fromhex(seal.hash)).hex()
        seal.public_key = forger.public_key().public_bytes_raw().hex()
        seal.save()
    assert findings()[0] == ("seal 2 is not signed with this installation's key", None)


def test_a_missing_seal_is_found_at_the_one_after_it(lines):
    with without_triggers():
        Seal.objects.filter(number=1)._raw_delete("default")
    assert findings()[0] == ("seal 2 does not continue seal 0", None)


def test_a_last_seal_that_was_removed_is_found_by_the_bookmark(lines):
    with without_triggers():
        Seal.objects.filter(number=2)._raw_delete("default")
    assert findings() == [("model:5 is marked as sealed to line 6, but no seal names more than line 3", None)]


def test_a_bookmark_set_high_so_that_a_chain_is_never_sealed_again_is_found(lines):
    SealedHead.objects.filter(chain__key="model:6").update(seq=99)
    assert findings() == [("model:6 is marked as sealed to line 99, but no seal names more than line 1", None)]


def forge_everything(lines: list[Activity]) -> None:
    """Somebody with the database and the seal key rewrites a line, every hash after it, and the seals."""
    with without_triggers():
        rewrite(lines[4], data='{"number":7}')
        rehash("model:5")
        seal = Seal.objects.get(number=2)
        seal.heads = json.dumps({"model:5": [6, Chain.objects.get(key="model:5").head]}, separators=(",", ":"))
        seal.hash = seal_hash(2, seal.prev_hash, seal.heads, seal.created_at.isoformat(timespec="microseconds"))
        seal.signature = signing_key().sign(bytes.fromhex(seal.hash)).hex()
        seal.save()


def test_who_holds_the_key_too_is_found_only_by_seals_kept_elsewhere(lines):
    kept = [json.loads(as_text(seal)) for seal in Seal.objects.order_by("number")]
    forge_everything(lines)
    assert findings() == []
    assert [(finding.problem, finding.line_id) for finding in verify_seals(kept)] == [
        ("seal 2, kept elsewhere, is missing here or says something else", None),
        ("seal 2, kept elsewhere, names line 6 of model:5, which is gone or says something else", lines[5].pk),
    ]


def test_seals_kept_elsewhere_agree_with_a_log_that_nobody_touched(lines):
    kept = [json.loads(as_text(seal)) for seal in Seal.objects.order_by("number")]
    write(5)
    assert list(verify_everything(kept_elsewhere=kept)) == []


def test_verify_activity_says_that_the_log_is_whole(lines):
    out = StringIO()
    call_command("verify_activity", stdout=out, stderr=StringIO())
    assert out.getvalue() == "The log is whole: 7 lines and 2 seals, each as it was written.\n"


def test_verify_activity_shows_how_far_it_is(lines):
    err = StringIO()
    call_command("verify_activity", stdout=StringIO(), stderr=err)
    assert err.getvalue() == "\r7 of 7 lines\n"


def test_verify_activity_names_the_first_bad_line_and_fails(lines):
    with without_triggers():
        rewrite(lines[2], verb="x")
        rewrite(lines[4], verb="x")
    out = StringIO()
    with pytest.raises(CommandError, match="The log was touched: 2 findings, the first named above"):
        call_command("verify_activity", stdout=out, stderr=StringIO())
    assert out.getvalue().splitlines() == [
        f"FIRST: model:5: line 3 was changed after it was written (line {lines[2].pk})",
        f"model:5: line 5 was changed after it was written (line {lines[4].pk})",
    ]


def test_verify_activity_takes_seals_kept_elsewhere_from_a_file(lines, tmp_path):
    kept = tmp_path / "seals"
    kept.write_text("\n".join(as_text(seal) for seal in Seal.objects.order_by("number")))
    call_command("verify_activity", seals=kept, stdout=StringIO(), stderr=StringIO())
    forge_everything(lines)
    with pytest.raises(CommandError, match="The log was touched: 2 findings"):
        call_command("verify_activity", seals=kept, stdout=StringIO(), stderr=StringIO())


def test_a_kept_seal_that_was_edited_is_no_seal(lines, tmp_path):
    kept = json.loads(as_text(Seal.objects.get(number=2)))
    with pytest.raises(ValueError, match="not as it was exported"):
        from_text(json.dumps(kept | {"heads": {"model:5": [4, lines[3].hash]}}))
    assert from_text(json.dumps(kept)) == kept


@pytest.mark.parametrize("text", ["", "not json", "[1]", "{}", '{"number": 1}', None])
def test_verify_activity_says_so_when_the_file_holds_no_seals(lines, tmp_path, text):
    kept = tmp_path / "seals"
    if text is not None:
        kept.write_text(text)
    with pytest.raises(CommandError, match=r"could not be read as seals, so nothing was verified"):
        call_command("verify_activity", seals=kept, stdout=StringIO(), stderr=StringIO())


def test_seal_activity_prints_the_seal_as_one_line(lines):
    write(5)
    out = StringIO()
    call_command("seal_activity", stdout=out)
    assert out.getvalue() == as_text(Seal.objects.get(number=3)) + "\n"


def test_seal_activity_prints_the_last_seal_when_nothing_moved(lines):
    out = StringIO()
    call_command("seal_activity", stdout=out)
    assert out.getvalue() == as_text(Seal.objects.get(number=2)) + "\n"


def test_seal_activity_says_that_an_empty_log_has_nothing_to_seal():
    out = StringIO()
    call_command("seal_activity", stdout=out)
    assert out.getvalue() == "Nothing to seal: the log is empty.\n"
