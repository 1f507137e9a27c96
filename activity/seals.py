"""Seals: signed statements of every chain head, so that a cut tail shows, and the order of lines across models with it.

A seal names the heads that moved since the one before it and hashes them together with that seal, so the latest seal stands for all
heads. The signing key lives outside the database: a rewrite by someone without it is found here, a rewrite by someone who holds both
the database and the key only against seals kept elsewhere (`SEAL_EXPORT`).
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db.models import F, Q

from activity import clock
from activity.hashing import canonical, iso
from activity.models import Chain, Seal, SealedHead
from activity.unit import unit_of_work


def signing_key() -> Ed25519PrivateKey:
    """Return the key that `SEAL_KEY` stands for."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(settings.SEAL_KEY.encode()).digest())


def public_key() -> str:
    """Return the public half of the signing key, as hex: what an auditor needs to check seals offline."""
    return signing_key().public_key().public_bytes_raw().hex()


def seal_hash(number: int, prev_hash: str, heads: str, created_at: str) -> str:
    """Return the SHA-256 (hex) that a seal signs."""
    return hashlib.sha256(canonical([number, prev_hash, heads, created_at]).encode()).hexdigest()


def write_seal() -> Seal | None:
    """Seal every chain that moved since the last seal; None when none did.

    Effects, in order: the seal, the bookmarks, after commit a line in `SEAL_EXPORT`. Takes no lock on any chain, so nobody waits for
    it: the heads are read in one statement. Two at once: the unique number lets one through, the other raises Conflict.
    """
    with unit_of_work():
        last = Seal.objects.order_by("-number").first()
        moved = list(Chain.objects.filter(Q(sealedhead=None) | Q(seq__gt=F("sealedhead__seq"))).filter(seq__gt=0).order_by("key"))
        if not moved:
            return None
        number, prev_hash = (last.number + 1, last.hash) if last else (1, "")
        heads = canonical({chain.key: [chain.seq, chain.head] for chain in moved})
        moment = clock.now()
        digest = seal_hash(number, prev_hash, heads, iso(moment))
        seal = Seal.objects.create(
            number=number,
            heads=heads,
            prev_hash=prev_hash,
            hash=digest,
            signature=signing_key().sign(bytes.fromhex(digest)).hex(),
            public_key=public_key(),
            created_at=moment,
        )
        SealedHead.objects.bulk_create(
            [SealedHead(chain=chain, seq=chain.seq) for chain in moved],
            update_conflicts=True,
            unique_fields=["chain"],
            update_fields=["seq"],
        )
    if settings.SEAL_EXPORT:
        export(seal, Path(settings.SEAL_EXPORT))
    return seal


def signature_of(document: bytes) -> bytes:
    """Return the signature of a document that leaves the installation. A seal signs 32 bytes; a document is never so short."""
    if len(document) <= hashlib.sha256().digest_size:
        raise ValueError("This could be taken for a seal.")
    return signing_key().sign(document)


def as_text(seal: Seal) -> str:
    """Return a seal as one line of JSON, complete for a check without this application."""
    return canonical(
        {
            "number": seal.number,
            "prev_hash": seal.prev_hash,
            "heads": json.loads(seal.heads),
            "created_at": iso(seal.created_at),
            "hash": seal.hash,
            "signature": seal.signature,
            "public_key": seal.public_key,
        }
    )


def from_text(text: str) -> dict[str, Any]:
    """Return a seal that `as_text` wrote. Raises ValueError for anything else, such as a seal that does not say what it hashes."""
    seal = json.loads(text)
    try:
        if seal["hash"] == seal_hash(seal["number"], seal["prev_hash"], canonical(seal["heads"]), seal["created_at"]):
            return dict(seal)
    except (KeyError, TypeError):
        pass
    raise ValueError("a line is no seal, or not as it was exported")


def export(seal: Seal, path: Path) -> None:
    """Append a seal to a file, one line each."""
    with path.open("a", encoding="utf-8") as file:
        file.write(as_text(seal) + "\n")


def signature_holds(digest: str, signature: str, key: str) -> bool:
    """Tell whether a signature (hex) over a hash (hex) was made with this public key (hex)."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), bytes.fromhex(digest))
    except Exception:  # noqa: BLE001 - any malformed part means the same: it does not hold
        return False
    return True
