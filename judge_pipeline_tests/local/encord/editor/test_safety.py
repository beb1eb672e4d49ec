"""User content cannot inject markup, and other sites cannot read the pages."""

import http.client
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from encord.objects import OntologyStructure
from encord.objects.attributes import RadioAttribute, TextAttribute
from fastapi import Request

from judge_pipeline.local.encord.errors import NotAuthorised
from judge_pipeline.local.encord.loopback import require_loopback
from judge_pipeline_tests.local.encord.editor.group import Group, create_group, judge, set_layout
from judge_pipeline_tests.local.encord.editor.web_page import WebPage, open_page
from judge_pipeline_tests.seed_project import SeedProject
from judge_pipeline_tests.servers import LocalEncord

HOSTILE = "</p><script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}&amp;"

POLICY = "default-src 'none'; img-src 'self' data:; style-src 'self'"


def pages_of(group: Group) -> list[WebPage]:
    paths = ["/", f"/projects/{group.seed.project_hash}", group.address(group.image), group.address(group.text_8b)]
    return [open_page(group.seed.server.url, path) for path in paths]


def status_for(server: LocalEncord, path: str, host: str) -> int:
    """The status of a GET with any Host header."""
    connection = http.client.HTTPConnection(str(urlsplit(server.url).hostname), urlsplit(server.url).port, timeout=10)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def test_hostile_texts_are_escaped(seed: SeedProject, tmp_path: Path, photographs: list[Path]) -> None:
    client = seed.client()
    hostile_ontology = OntologyStructure()
    root = hostile_ontology.add_classification().add_attribute(RadioAttribute, HOSTILE)
    root.add_option(HOSTILE).add_nested_attribute(TextAttribute, HOSTILE)
    ontology = client.create_ontology(HOSTILE, structure=hostile_ontology)
    project_hash = client.create_project(
        HOSTILE, [seed.dataset_hash], project_description=HOSTILE, ontology_hash=ontology.ontology_hash
    )
    hostile = SeedProject(seed.server, project_hash, seed.dataset_hash, seed.folder_uuid, ontology.ontology_hash)
    set_layout(hostile)
    group = create_group(hostile, tmp_path, photographs[0], captions=(HOSTILE, HOSTILE))
    row = hostile.project().list_label_rows_v2(data_hashes=[group.image])[0]
    item = client.get_storage_item(row.backing_item_uuid)  # type: ignore[arg-type]
    item.update(name=HOSTILE, client_metadata={**(item.client_metadata or {}), HOSTILE: HOSTILE})
    row.initialise_labels()
    classification = row.ontology_structure.classifications[0]
    instance = classification.create_instance()
    choice = classification.attributes[0]
    instance.set_answer(choice.options[0], attribute=choice)
    instance.set_answer(HOSTILE, attribute=choice.options[0].attributes[0])
    instance.set_for_frames(created_by=HOSTILE)
    row.add_classification_instance(instance)
    row.save()

    for page in [*pages_of(group), open_page(seed.server.url, f"/projects/{project_hash}?title={HOSTILE}")]:
        assert page.response.status_code == 200
        assert not page.all("script")
        assert not [element for element in page.elements for name in element.attributes if name.startswith("on")]
        assert {element.attributes["src"].partition("/")[2][:13] for element in page.all("img")} <= {"storage-blobs"}
        assert " ".join(HOSTILE.split()) in page.text
    labels = pages_of(group)[2].card(HOSTILE)
    assert labels.count("onerror") == 5, "title, option, nested title, nested answer, author"


def test_every_response_forbids_scripts_and_content_sniffing(
    seed: SeedProject, tmp_path: Path, photographs: list[Path]
) -> None:
    set_layout(seed)
    group = create_group(seed, tmp_path, photographs[0])
    judge(seed, group.image)
    others = (
        "/editor-assets/editor.css",
        f"/editor-assets/{seed.project_hash}/layout.css",
        "/projects/00000000-0000-4000-8000-000000000000",
        "/label_editor/x/y",
    )
    answers = [requests.get(f"{seed.server.url}{path}", timeout=10) for path in others]
    answers += [page.response for page in pages_of(group)]
    for answer in answers:
        assert answer.headers["content-security-policy"].startswith(POLICY)
        assert answer.headers["x-content-type-options"] == "nosniff"


OTHER_NAMES = ("evil.example", "127.0.0.1.evil.example:8000", "localhost.evil.example", "10.0.0.1", "", "[")
LOOPBACK_NAMES = ("127.0.0.1", "127.0.0.1:81", "localhost", "LOCALHOST:8000", "[::1]:8000", "127.8.9.10")


def test_a_request_with_a_foreign_host_header_is_refused(server: LocalEncord) -> None:
    """DNS rebinding: a site resolves its own name to this machine to read local pages."""
    for path in ("/", "/projects/x", "/label_editor/x/y", "/_local/health", "/_local/log"):
        assert {host: status_for(server, path, host) for host in OTHER_NAMES} == dict.fromkeys(OTHER_NAMES, 403)


def test_every_loopback_name_is_accepted(server: LocalEncord) -> None:
    for path in ("/", "/_local/health"):
        assert {host: status_for(server, path, host) for host in LOOPBACK_NAMES} == dict.fromkeys(LOOPBACK_NAMES, 200)


def test_a_request_with_a_refused_host_changes_nothing(server: LocalEncord) -> None:
    for method, path, body in (("POST", "config", {"latency_seconds": 60}), ("DELETE", "stats", None)):
        response = requests.request(
            method, f"{server.url}/_local/{path}", json=body, headers={"Host": "evil.example"}, timeout=10
        )
        assert response.status_code == 403
        assert "loopback" in response.json()["message"]
    assert server.control("GET", "config").json()["latency_seconds"] == 0


@pytest.mark.parametrize("server", [("10.0.0.1", 8642), ("fe80::1", 8642), ("/tmp/encord.sock", None), None])
def test_a_request_over_another_interface_is_refused_whatever_its_host_header(
    server: tuple[str, int | None] | None,
) -> None:
    """Even if the server is bound to all interfaces, only this machine can inject faults and register keys."""
    headers = [(b"host", b"localhost")]
    request = Request({"type": "http", "method": "GET", "path": "/_local/log", "headers": headers, "server": server})
    with pytest.raises(NotAuthorised, match="on loopback only"):
        require_loopback(request)
