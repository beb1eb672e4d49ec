"""The key of the local Encord's only user: created once, readable only by its owner, registered at every start."""

import os
from pathlib import Path

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

USER = "demo@judge-pipeline.local"


def ensure_key(file: Path) -> None:
    """Creates an Ed25519 private key in OpenSSH's format, if there is none yet."""
    if file.exists():
        return
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(key)
    part.replace(file)


def register_key(encord_url: str, file: Path) -> None:
    """Registers the public key with a running local Encord; registering it again changes nothing."""
    public_key = load_ssh_private_key(file.read_bytes(), password=None).public_key()
    public_hex = public_key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    user = {"email": USER, "public_key_hex": public_hex}
    requests.post(f"{encord_url}/_local/users", json=user, timeout=30).raise_for_status()
