"""A project that cannot be opened is refused with one sentence, before any other request."""

from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from judge_pipeline.encord_project.connection import Connection
from judge_pipeline.encord_project.errors import EncordRefused, ProjectMismatch
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline_tests.promises.target import EncordTarget
from judge_pipeline_tests.servers import UNREACHABLE_URL


def test_an_unknown_project_is_refused(encord_target: EncordTarget) -> None:
    unknown = str(uuid4())
    with pytest.raises(EncordRefused, match=unknown):
        EncordProject.open(encord_target.connection, unknown)


def test_an_invalid_project_id_is_refused_without_a_request(encord_target: EncordTarget) -> None:
    nowhere = Connection(UNREACHABLE_URL, encord_target.connection.ssh_private_key)
    with pytest.raises(ProjectMismatch, match="ENCORD_PROJECT_HASH"):
        EncordProject.open(nowhere, "my project")


def test_an_unknown_key_is_refused(encord_target: EncordTarget) -> None:
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    stranger = Connection(encord_target.connection.domain, key.decode())
    with pytest.raises(EncordRefused):
        EncordProject.open(stranger, encord_target.project_hash)
