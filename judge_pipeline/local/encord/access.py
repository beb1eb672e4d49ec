"""Who may see what. Encord answers 403 both for what does not exist and for what is not shared."""

import sqlite3
from collections.abc import Sequence

from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import InvalidArguments, NotAuthorised

ADMIN = 0
USER = 1

ITEM_COLUMNS = "i.*, (SELECT count(*) FROM data_rows r WHERE r.item = i.uuid) AS data_rows_count"

VISIBLE_ONTOLOGIES = """
  (owner = :caller OR EXISTS (
     SELECT 1 FROM projects p JOIN project_users u ON u.project = p.uuid
     WHERE p.ontology = o.uuid AND u.email = :caller))
"""

_VISIBLE_FOLDERS = """
  WITH RECURSIVE visible (uuid) AS (
    SELECT uuid FROM folders WHERE owner = :caller
    UNION SELECT d.folder FROM datasets d JOIN dataset_users u ON u.dataset = d.uuid
          WHERE u.email = :caller AND d.folder IS NOT NULL
    UNION SELECT f.uuid FROM folders f JOIN visible v ON f.parent = v.uuid)
"""


def project(db: sqlite3.Connection, caller: str, uuid: str) -> sqlite3.Row:
    """The project with the caller's `role` in it."""
    return _fetch_one(
        db,
        """SELECT p.*, u.role FROM projects p JOIN project_users u ON u.project = p.uuid
           WHERE p.uuid = ? AND u.email = ?""",
        (uuid, caller),
        f"project {uuid} does not exist or is not shared with {caller}",
    )


def project_admin(db: sqlite3.Connection, caller: str, uuid: str) -> sqlite3.Row:
    """The project, for an action reserved to its admins."""
    row = project(db, caller, uuid)
    if row["role"] != ADMIN:
        raise NotAuthorised(f"{caller} is not an admin of project {uuid}")
    return row


def dataset(db: sqlite3.Connection, caller: str, uuid: str) -> sqlite3.Row:
    """The dataset with the caller's `role` in it."""
    return _fetch_one(
        db,
        """SELECT d.*, u.role FROM datasets d JOIN dataset_users u ON u.dataset = d.uuid
           WHERE d.uuid = ? AND u.email = ?""",
        (uuid, caller),
        f"dataset {uuid} does not exist or is not shared with {caller}",
    )


def ontology(db: sqlite3.Connection, caller: str, uuid: str) -> sqlite3.Row:
    """The ontology: visible to its owner and to the members of projects that use it."""
    return _fetch_one(
        db,
        f"SELECT * FROM ontologies o WHERE uuid = :uuid AND {VISIBLE_ONTOLOGIES}",  # noqa: S608 - constant text
        {"uuid": uuid, "caller": caller},
        f"ontology {uuid} does not exist or is not shared with {caller}",
    )


def folder(db: sqlite3.Connection, caller: str, uuid: str) -> sqlite3.Row:
    """The folder. It and everything below it is visible to its owner and to the users of the dataset that mirrors it."""
    return folders(db, caller, [uuid])[0]


def folders(db: sqlite3.Connection, caller: str, uuids: Sequence[str]) -> list[sqlite3.Row]:
    """Several folders, in the given order; NotAuthorised if any of them is not visible."""
    found = db.execute(
        f"""{_VISIBLE_FOLDERS} SELECT f.* FROM folders f JOIN visible USING (uuid)
            WHERE f.uuid IN (SELECT value FROM json_each(:uuids))""",  # noqa: S608 - constant text
        {"caller": caller, "uuids": json_list(uuids)},
    )
    return _in_order(found, uuids, f"storage folder {{}} does not exist or is not shared with {caller}")


def visible_folders(db: sqlite3.Connection, caller: str) -> set[str]:
    """The uuids of all folders that the caller may see."""
    rows = db.execute(f"{_VISIBLE_FOLDERS} SELECT uuid FROM visible", {"caller": caller})  # noqa: S608 - constant text
    return {row["uuid"] for row in rows}


def items(db: sqlite3.Connection, caller: str, uuids: Sequence[str]) -> list[sqlite3.Row]:
    """Storage items, in the given order, repeats included; NotAuthorised if any of them is not visible.

    An item is visible to everyone who sees its folder, and to the members of every project it is labelled in, also as a
    member of a group or as a frame.
    """
    found = db.execute(
        f"""{_VISIBLE_FOLDERS} SELECT {ITEM_COLUMNS} FROM items i
            WHERE i.uuid IN (SELECT value FROM json_each(:uuids)) AND (i.folder IN (SELECT uuid FROM visible) OR EXISTS (
              SELECT 1 FROM data_rows r JOIN project_datasets p ON p.dataset = r.dataset
              JOIN project_users u ON u.project = p.project WHERE u.email = :caller AND r.item IN (
                SELECT i.uuid UNION ALL SELECT m.group_item FROM data_group_members m WHERE m.item = i.uuid)))""",  # noqa: S608
        {"caller": caller, "uuids": json_list(set(uuids))},
    )
    return _in_order(found, uuids, f"storage item {{}} does not exist or is not shared with {caller}")


def items_to_change(db: sqlite3.Connection, caller: str, uuids: Sequence[str]) -> list[sqlite3.Row]:
    """Storage items whose folders the caller may see; project membership is not enough to change them."""
    rows = items(db, caller, uuids)
    folders(db, caller, sorted({row["folder"] for row in rows}))
    return rows


def items_of_folder(
    db: sqlite3.Connection, caller: str, folder_uuid: str, uuids: Sequence[str], *, is_reading: bool = False
) -> list[sqlite3.Row]:
    """Storage items of one folder, to change them or to read them; InvalidArguments names the first that is in another."""
    rows = items(db, caller, uuids) if is_reading else items_to_change(db, caller, uuids)
    for row in rows:
        if row["folder"] != folder_uuid:
            raise InvalidArguments(
                f"storage item {row['uuid']} lies in folder {row['folder']}, not in {folder_uuid}; refresh it"
            )
    return rows


def check_registered(db: sqlite3.Connection, emails: Sequence[str]) -> None:
    """Raise InvalidArguments unless each e-mail address belongs to a user of this server."""
    known = {row["email"] for row in db.execute("SELECT email FROM keys")}
    for email in emails:
        if email not in known:
            raise InvalidArguments(f"no user is called {email}; register it with POST /_local/users")


def _fetch_one(
    db: sqlite3.Connection, sql: str, parameters: tuple[str, ...] | dict[str, str], refusal: str
) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute(sql, parameters).fetchone()
    if row is None:
        raise NotAuthorised(refusal)
    return row


def _in_order(found: sqlite3.Cursor, uuids: Sequence[str], refusal: str) -> list[sqlite3.Row]:
    by_uuid = {row["uuid"]: row for row in found}
    for uuid in uuids:
        if uuid not in by_uuid:
            raise NotAuthorised(refusal.format(uuid))
    return [by_uuid[uuid] for uuid in uuids]
