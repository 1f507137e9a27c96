"""Secrets of webhooks, and signatures: by Standard Webhooks 1.0.0, and as foreign protocols have them."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

PREFIX = "whsec_"


class SecretLost(Exception):
    """A secret was kept under another SECRET_KEY."""


def new_secret() -> str:
    """Return a fresh secret: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str | bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"stageward webhook secrets").derive(force_bytes(key))


def sealed(secret: str) -> str:
    """Return a secret as it is kept: a signature needs the secret itself, so it is encrypted, not hashed."""
    return _box().encrypt(secret.encode()).decode()


def opened(kept: str) -> str:
    """Return the secret that `sealed` kept. Raises SecretLost."""
    try:
        return _box().decrypt(kept.encode()).decode()
    except InvalidToken:
        raise SecretLost("The secret cannot be read, because SECRET_KEY is another one now. Rotate the secret.") from None


def signature(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """Return `v1,…`: HMAC-SHA256 over id, time and body."""
    return _v1(base64.b64decode(secret.removeprefix(PREFIX)), message_id, str(timestamp), body)


def _v1(key: bytes, message_id: str, timestamp: str, body: str) -> str:
    digest = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(format: str, kept: list[str], message_id: str, timestamp: int, body: str) -> dict[str, str]:
    """Return the headers of a message, signed as its format has it. Raises SecretLost.

    `kept` are the kept secrets that sign, the newest first: by Standard Webhooks all of them, by a foreign protocol the newest, or none
    where its client gave none.
    """
    if format not in _FOREIGN:
        signatures = [signature(opened(secret), message_id, timestamp, body) for secret in kept]
        return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": " ".join(signatures)}
    return _FOREIGN[format](opened(kept[0]).encode() if kept[0] else b"", message_id, str(timestamp), body)


def _of_mlflow(key: bytes, message_id: str, timestamp: str, body: str) -> dict[str, str]:
    """`mlflow.webhooks.delivery` of MLflow 3: signed like Standard Webhooks, by a key that is the text of the secret."""
    told = {"X-MLflow-Delivery-Id": message_id, "X-MLflow-Timestamp": timestamp}
    return told | ({"X-MLflow-Signature": _v1(key, message_id, timestamp, body)} if key else {})


def _of_databricks(key: bytes, message_id: str, timestamp: str, body: str) -> dict[str, str]:
    """The documentation of Databricks' registry webhooks: hex over the body. It knows no id; ours tells a message sent again."""
    signed = hmac.new(key, body.encode(), hashlib.sha256).hexdigest()
    return {"webhook-id": message_id} | ({"X-Databricks-Signature": signed} if key else {})


_FOREIGN = {"mlflow": _of_mlflow, "databricks": _of_databricks}
