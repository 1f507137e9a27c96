"""Checks an evidence pack of Stageward offline, with nothing but Python's standard library (3.9 or newer).

python3 -I verify.py [--folder FOLDER] [--seals FILE] [--key HEX]

Ends with exit code 0 when everything is as it was written, and with 1 when something is not, which it names.
README.txt says what that shows.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

try:  # signatures take more than the standard library; README.txt says how to check them without this
    from cryptography.hazmat.primitives.asymmetric import ed25519

    signatures = True
except ImportError:
    signatures = False

UNLISTED = {"manifest.json", "manifest.sig"}
ENDS = ("applied", "rejected", "revoked", "expired", "superseded")
REQUESTED = "stage_change.requested"
SAID = 13  # so many things a line says
PEM = "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n"
ED25519 = bytes.fromhex("302a300506032b6570032100")  # what stands before the key itself


def canonical(data: Any) -> str:
    """The one spelling of equal content that is hashed."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    """The SHA-256 of a text, as hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(path: Path) -> Any:
    """The JSON in a file."""
    return json.loads(path.read_text(encoding="utf-8"))


def signed(message: bytes, signature: bytes, key: str) -> bool:
    """Whether a signature over a message was made with the private half of this key."""
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, message)
    except Exception:  # noqa: BLE001 - any malformed part means the same: it does not hold
        return False
    return True


class Pack:
    """A pack in a folder, as far as it has been checked."""

    def __init__(self, folder: Path, kept: "list[Any]", key: str) -> None:
        self.folder, self.kept, self.key = folder, kept, key
        self.shown: list[Any] = []  # the number of each of the version's lines, and what it says
        self.counts: dict[str, int] = {}
        self.notes: list[str] = []

    def findings(self) -> Iterator[str]:
        """What is not as it was made."""
        parts: dict[str, Callable[[], Iterator[str]]] = {
            "manifest.json": self.wrong_files, "seals.json": self.wrong_seals, "log.jsonl": self.wrong_log,
            "requests": self.wrong_requests, "manifest.sig": self.wrong_signatures,
        }  # fmt: skip
        for name, part in parts.items():
            try:
                yield from part()
            except (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError) as error:
                yield f"{name}: cannot be read as it is ({type(error).__name__}: {error})"

    def wrong_files(self) -> Iterator[str]:
        """Every file is the one that manifest.json names, and there is no other."""
        files = read(self.folder / "manifest.json")["files"]
        written = (json.dumps({"files": files}, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
        if (self.folder / "manifest.json").read_bytes() != written:
            yield "manifest.json: is not written as it was made"
        found = [path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file()]
        there = {path.as_posix() for path in found if "__pycache__" not in path.parts}
        for name in sorted(there - files.keys() - UNLISTED):
            yield f"{name}: is not named in manifest.json"
        for name in sorted(files.keys() - there):
            yield f"{name}: is named in manifest.json, and is not there"
        for name in sorted(files.keys() & there):
            if self.digest(name) != files[name]:
                yield f"{name}: is not the file that manifest.json names"
        self.counts["files"] = len(files)

    def digest(self, name: str) -> str:
        """The SHA-256 of a file, read piece by piece."""
        digest = hashlib.sha256()
        with (self.folder / name).open("rb") as file:
            for piece in iter(lambda: file.read(65536), b""):
                digest.update(piece)
        return digest.hexdigest()

    def wrong_seals(self) -> Iterator[str]:
        """A seal has the hash of what it says, and names the key of the pack; kept ones count as they are."""
        told = read(self.folder / "seals.json")
        pem = PEM.format(base64.b64encode(ED25519 + bytes.fromhex(told["public_key"])).decode())
        if (self.folder / "public_key.pem").read_text(encoding="utf-8") != pem:
            yield "public_key.pem: is another key than that in seals.json"
        if self.key and self.key != told["public_key"]:
            yield "seals.json: names another public key than the one given"
        for seal in told["seals"]:
            parts = [seal["number"], seal["prev_hash"], canonical(seal["heads"]), seal["created_at"]]
            if sha256(canonical(parts)) != seal["hash"]:
                yield f"seals.json: seal {seal['number']} says something else than what was hashed"
            if seal["public_key"] != told["public_key"]:
                yield f"seals.json: seal {seal['number']} names another key"

    def wrong_log(self) -> Iterator[str]:
        """The lines continue each other from the version's first to the last, and on to the line that the seal names."""
        told = read(self.folder / "seals.json")
        chain, heads = told["chain"], list(self.heads(told))
        seq, previous = told["first"] - 1, ""
        reached = dict.fromkeys((name for name, _, _ in heads), False)
        with (self.folder / "log.jsonl").open(encoding="utf-8") as file:
            for line in map(json.loads, file):
                place = f"log.jsonl: line {line['seq']}"
                if line["seq"] != seq + 1:
                    yield f"{place} stands after line {seq}"
                yield from (f"{place} {problem}" for problem in self.wrong_line(line, chain, previous))
                for name, sealed, digest in heads:
                    if sealed == line["seq"]:
                        reached[name] = True
                        if digest != line["hash"]:
                            yield f"{place} is not the one that {name} names"
                seq, previous = line["seq"], line["hash"]
        yield from (f"log.jsonl: does not have the line that {name} names" for name, found in reached.items() if not found)
        if seq < told["last"]:
            yield f"log.jsonl: ends at line {seq}, before the version's last, {told['last']}"
        self.counts |= {"first": told["first"], "reached": seq, "sealed": max([0, *(head[1] for head in heads)])}

    def heads(self, told: Any) -> "Iterator[tuple[str, int, str]]":
        """Which lines of the chain seals name: that of the pack, and those kept elsewhere that name a line of the pack."""
        end = max([told["last"], *(seal["heads"][told["chain"]][0] for seal in told["seals"])])
        for where, seals in (("", told["seals"]), (", kept elsewhere,", self.kept)):
            for seal in seals:
                seq, digest = seal["heads"].get(told["chain"], (0, ""))
                if told["first"] <= seq <= end:
                    yield f"seal {seal['number']}{where}", seq, digest

    def wrong_line(self, line: Any, chain: str, previous: str) -> Iterator[str]:
        """What is wrong with one line: its hash, its place, what it says."""
        hashed = json.loads(line["hashed"])
        if sha256(line["hashed"]) != line["hash"]:
            yield "does not have the hash that it was written with"
        if hashed[:2] != [chain, line["seq"]]:
            yield "belongs to another place"
        if previous and hashed[2] != previous:
            yield "does not continue the line before it"
        if "line" not in line:
            return
        said = json.loads(line["body"])
        if sha256(line["body"]) != hashed[3]:
            yield "says something else than what was hashed"
        self.shown.append((line["seq"], said))
        yield from self.wrong_words(said, line, chain)

    def wrong_words(self, said: "list[Any]", line: Any, chain: str) -> Iterator[str]:
        """`line` is there to be read: it says what was hashed."""
        told = line["line"]
        words = [told[name] for name in ("verb", "via", "request", "from_stage", "to_stage")]
        at = datetime.fromisoformat(told["at"][:-1] + "+00:00")  # noqa: FURB162 - Python 3.9 reads no Z
        if len(said) != SAID or words != [said[0], said[1], said[7], said[9], said[10]] or told["data"] != json.loads(said[11]):
            yield "is told otherwise than it was hashed"
        if at != datetime.fromisoformat(said[12]):
            yield "is told with another time"
        if (told["seq"], told["hash"], told["chain"]) != (line["seq"], line["hash"], chain):
            yield "is told with another place"

    def wrong_requests(self) -> Iterator[str]:
        """What the requests say of themselves stands in the log."""
        logged: dict[int, list[Any]] = {}
        for seq, said in self.shown:
            if said[7] is not None:
                logged.setdefault(said[7], []).append((seq, said))
        there = {int(path.stem): path for path in (self.folder / "requests").glob("*.json")}
        read_at = read(self.folder / "version.json")["log_line"]
        asked = {pk for pk, lines in logged.items() for seq, said in lines if said[0] == REQUESTED and seq <= read_at}
        yield from (f"requests/{pk}.json: is missing, the log has that request" for pk in sorted(asked - there.keys()))
        for pk, path in sorted(there.items()):
            try:
                problems = list(self.wrong_request(read(path), pk, logged.get(pk, [])))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                problems = [f"cannot be read as it is ({type(error).__name__}: {error})"]
            yield from (f"requests/{path.name}: {problem}" for problem in problems)
        self.counts["requests"] = len(there)

    def wrong_request(self, told: Any, pk: int, lines: "list[Any]") -> Iterator[str]:
        """What of one request the log, as far as it went when the request was read, does not say."""
        request, logged = told["request"], [said for seq, said in lines if seq <= told["log_line"]]
        count = {verb: sum(said[0] == f"stage_change.{verb}" for said in logged) for verb in (*ENDS, "requested")}
        data = [json.loads(said[11]) for said in logged]
        if request["id"] != pk or not count["requested"]:
            yield "the log has no such request"
        if [status for status in ENDS if count[status]] != [status for status in ENDS if status == request["status"]]:
            yield f"is {request['status']}, but the log says otherwise"
        expected = {
            "approval_given": sum(review["decision"] == "approve" for review in request["reviews"]),
            "rejected": sum(review["decision"] == "reject" for review in request["reviews"]),
            "check_reported": len(request["checks"]),
            "signed_off": int(request["sign_off"] is not None),
            "bypassed": int(request["effect"] == "break-glass"),
        }
        for verb, number in expected.items():
            if sum(said[0] == f"stage_change.{verb}" for said in logged) != number:
                yield f"has {number} times what the log calls {verb}, and the log has another number"
        content = told["approved_content"]
        if content is None:
            self.notes.append(f"requests/{pk}.json: what its digest stands for could not be put together again.")
        elif f"sha256:{sha256(content)}" != request["digest"]:
            yield "its digest is not that of the content beside it"
        elif request["status"] == "applied" and not any(each.get("digest") == request["digest"] for each in data):
            yield "its digest is not the one in the log"

    def wrong_signatures(self) -> Iterator[str]:
        """The manifest and the seal are signed with the key."""
        if not signatures:
            self.notes.append("Signatures were not checked: this Python has no package `cryptography`. README.txt says how to.")
            return
        told = read(self.folder / "seals.json")
        manifest, signature = (self.folder / "manifest.json").read_bytes(), (self.folder / "manifest.sig").read_bytes()
        if not signed(manifest, signature, told["public_key"]):
            yield "manifest.sig: is not the signature of manifest.json"
        for seal in told["seals"]:
            if not signed(bytes.fromhex(seal["hash"]), bytes.fromhex(seal["signature"]), told["public_key"]):
                yield f"seals.json: seal {seal['number']} is not signed with this key"


def main() -> int:
    """Check, tell, and answer with the exit code."""
    options = argparse.ArgumentParser(description="Check an evidence pack of Stageward.")
    options.add_argument("--folder", type=Path, default=Path(__file__).resolve().parent, help="where the pack was unpacked")
    options.add_argument("--seals", type=Path, help="seals that were kept elsewhere, one JSON object per line")
    options.add_argument("--key", default="", help="the installation's public key, as hex, got some other way")
    asked = options.parse_args()
    kept = [json.loads(line) for line in asked.seals.read_text(encoding="utf-8").splitlines()] if asked.seals else []
    pack = Pack(asked.folder, kept, asked.key.strip().lower())
    findings = list(pack.findings())
    say = [f"WRONG  {finding}" for finding in findings] + [f"NOTE   {note}" for note in pack.notes]
    if findings:
        say.append(f"The pack is not as it was made: {len(findings)} finding{'' if len(findings) == 1 else 's'}.")
    else:
        counts = pack.counts
        sealed = f"sealed up to line {counts['sealed']}" if counts["sealed"] else "no seal covers them yet"
        say.append(
            f"{counts['files']} files, {counts['requests']} requests, lines {counts['first']} to {counts['reached']} of the log, "
        )
        say[-1] += f"{len(pack.shown)} of them shown; {sealed}. The pack is as it was made."
    sys.stdout.write("\n".join(say) + "\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
