"""The tables. Times are ISO 8601 text, booleans 0 or 1, columns that end in `_json` hold JSON text.

An item's `media_json` holds what else was measured, under the names of Encord's item: duration, fps, frameCount, audio….
An item without a file of its own (a data group, an image group) has the object key ''. The frames of an image group or
sequence are its `data_group_members`.

Webhooks: triggers queue the deliveries in the transaction that moves a task. A webhook's `check_at` and a delivery's
`due_at` are seconds since 1970, 0 for immediately; `check_at` is null while there is nothing to wait for. A delivery is
`pending`, `delivered`, `failed`, or `dropped` because its task left the stage.
"""

import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (public_key TEXT PRIMARY KEY, email TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, email TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value_json TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS folders (
  uuid TEXT PRIMARY KEY, parent TEXT REFERENCES folders ON DELETE CASCADE, name TEXT NOT NULL, description TEXT NOT NULL,
  client_metadata_json TEXT, owner TEXT NOT NULL, created_at TEXT NOT NULL, edited_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS folders_of_parent ON folders (parent);

CREATE TABLE IF NOT EXISTS items (
  seq INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, folder TEXT NOT NULL REFERENCES folders ON DELETE CASCADE,
  type TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL DEFAULT '', client_metadata_json TEXT NOT NULL,
  owner TEXT NOT NULL, created_at TEXT NOT NULL, edited_at TEXT NOT NULL, object_key TEXT NOT NULL,
  file_size INTEGER, mime_type TEXT, width INTEGER, height INTEGER, media_json TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS items_by_name ON items (folder, name, seq);
CREATE INDEX IF NOT EXISTS items_by_time ON items (folder, created_at, seq);
CREATE INDEX IF NOT EXISTS items_by_object ON items (object_key);

CREATE TABLE IF NOT EXISTS data_groups (
  item TEXT PRIMARY KEY REFERENCES items (uuid) ON DELETE CASCADE, layout_json TEXT, settings_json TEXT NOT NULL,
  timeline_json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS data_group_members (
  group_item TEXT NOT NULL REFERENCES items (uuid) ON DELETE CASCADE, key TEXT NOT NULL,
  item TEXT NOT NULL REFERENCES items (uuid) ON DELETE CASCADE, position INTEGER NOT NULL,
  PRIMARY KEY (group_item, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS groups_of_item ON data_group_members (item);

CREATE TABLE IF NOT EXISTS uploads (
  object_key TEXT PRIMARY KEY, item TEXT NOT NULL UNIQUE, type TEXT NOT NULL, owner TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS upload_jobs (uuid TEXT PRIMARY KEY, target TEXT NOT NULL, result_json TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS ontologies (
  uuid TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT NOT NULL, editor_json TEXT NOT NULL,
  owner TEXT NOT NULL, created_at TEXT NOT NULL, edited_at TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS datasets (
  uuid TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT NOT NULL, folder TEXT UNIQUE REFERENCES folders,
  created_at TEXT NOT NULL, edited_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS dataset_users (
  dataset TEXT NOT NULL REFERENCES datasets ON DELETE CASCADE, email TEXT NOT NULL, role INTEGER NOT NULL,
  PRIMARY KEY (dataset, email)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS data_rows (
  seq INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, dataset TEXT NOT NULL REFERENCES datasets ON DELETE CASCADE,
  item TEXT NOT NULL REFERENCES items (uuid) ON DELETE CASCADE, title TEXT NOT NULL,
  created_at TEXT NOT NULL, edited_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS data_rows_of_dataset ON data_rows (dataset, seq);
CREATE INDEX IF NOT EXISTS data_rows_of_item ON data_rows (item);

CREATE TABLE IF NOT EXISTS workflow_templates (uuid TEXT PRIMARY KEY, title TEXT NOT NULL, workflow_json TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS projects (
  uuid TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT NOT NULL, status TEXT NOT NULL,
  ontology TEXT NOT NULL REFERENCES ontologies, workflow_json TEXT NOT NULL, editor_layout_json TEXT,
  creator TEXT NOT NULL, created_at TEXT NOT NULL, edited_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS editor_agents (
  project TEXT PRIMARY KEY REFERENCES projects ON DELETE CASCADE, agents_json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS project_users (
  project TEXT NOT NULL REFERENCES projects ON DELETE CASCADE, email TEXT NOT NULL, role INTEGER NOT NULL,
  PRIMARY KEY (project, email)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS project_datasets (
  project TEXT NOT NULL REFERENCES projects ON DELETE CASCADE, dataset TEXT NOT NULL REFERENCES datasets ON DELETE CASCADE,
  PRIMARY KEY (project, dataset)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS projects_of_dataset ON project_datasets (dataset);

CREATE TABLE IF NOT EXISTS organisation_tags (
  uuid TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT);
CREATE TABLE IF NOT EXISTS project_tags (
  project TEXT NOT NULL REFERENCES projects ON DELETE CASCADE,
  tag TEXT NOT NULL REFERENCES organisation_tags ON DELETE CASCADE, PRIMARY KEY (project, tag)) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tasks (
  seq INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, project TEXT NOT NULL REFERENCES projects ON DELETE CASCADE,
  data_row TEXT NOT NULL REFERENCES data_rows (uuid) ON DELETE CASCADE, stage TEXT NOT NULL, status TEXT NOT NULL,
  priority REAL NOT NULL, assignee TEXT, last_actioned_by TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
  UNIQUE (project, data_row));
CREATE INDEX IF NOT EXISTS tasks_in_order ON tasks (project, stage, priority DESC, seq);
CREATE INDEX IF NOT EXISTS tasks_of_data_row ON tasks (data_row);

CREATE TABLE IF NOT EXISTS label_rows (
  hash TEXT PRIMARY KEY, project TEXT NOT NULL REFERENCES projects ON DELETE CASCADE,
  data_row TEXT NOT NULL REFERENCES data_rows (uuid) ON DELETE CASCADE, branch TEXT NOT NULL,
  created_at TEXT NOT NULL, edited_at TEXT NOT NULL, version INTEGER NOT NULL, errors_json TEXT NOT NULL,
  frame_labels_json TEXT NOT NULL, object_answers_json TEXT NOT NULL, object_actions_json TEXT NOT NULL,
  classification_answers_json TEXT NOT NULL, UNIQUE (project, data_row, branch));
CREATE INDEX IF NOT EXISTS label_rows_of_data_row ON label_rows (data_row);

CREATE TABLE IF NOT EXISTS label_reviews (
  seq INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
  stage TEXT NOT NULL, label_type TEXT NOT NULL, label_id TEXT NOT NULL, status TEXT NOT NULL,
  UNIQUE (task, stage, label_type, label_id));

CREATE TABLE IF NOT EXISTS label_logs (
  seq INTEGER PRIMARY KEY, uuid TEXT NOT NULL, project TEXT NOT NULL REFERENCES projects ON DELETE CASCADE,
  data_row TEXT NOT NULL REFERENCES data_rows (uuid) ON DELETE CASCADE, email TEXT NOT NULL, at TEXT NOT NULL,
  action INTEGER NOT NULL, label TEXT NOT NULL, feature TEXT, name TEXT);
CREATE INDEX IF NOT EXISTS label_logs_of_project ON label_logs (project, seq);
CREATE INDEX IF NOT EXISTS label_logs_of_data_row ON label_logs (data_row);

CREATE TABLE IF NOT EXISTS issues (
  seq INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, project TEXT NOT NULL REFERENCES projects ON DELETE CASCADE,
  data_row TEXT NOT NULL REFERENCES data_rows (uuid) ON DELETE CASCADE, issue_json TEXT NOT NULL, author TEXT NOT NULL,
  created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS issues_of_data_row ON issues (data_row, project);
CREATE TABLE IF NOT EXISTS project_issue_tags (
  project TEXT NOT NULL REFERENCES projects ON DELETE CASCADE, name TEXT NOT NULL, PRIMARY KEY (project, name))
  WITHOUT ROWID;
"""

_TASK_ENTERS_STAGE = """
  UPDATE webhook_deliveries SET status = 'dropped' WHERE task = NEW.seq AND status = 'pending';
  INSERT INTO webhook_deliveries (webhook, task, body, created_at)
    SELECT w.uuid, NEW.seq, json_object('projectHash', NEW.project, 'dataHash', NEW.data_row, 'frame', 0), NEW.updated_at
    FROM webhooks w WHERE w.project = NEW.project AND w.stage = NEW.stage AND w.kind = 'custom_agent';
  UPDATE webhooks SET check_at = 0 WHERE project = NEW.project AND stage = NEW.stage AND kind = 'task_ready';
"""

WEBHOOK_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS webhooks (
  uuid TEXT PRIMARY KEY, project TEXT NOT NULL REFERENCES projects ON DELETE CASCADE, stage TEXT NOT NULL,
  kind TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL, settings_json TEXT NOT NULL, created_at TEXT NOT NULL,
  check_at REAL, UNIQUE (project, stage, kind));
CREATE TABLE IF NOT EXISTS webhook_deliveries (
  seq INTEGER PRIMARY KEY, webhook TEXT NOT NULL REFERENCES webhooks ON DELETE CASCADE,
  task INTEGER REFERENCES tasks ON DELETE CASCADE, body TEXT NOT NULL, created_at TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending', due_at REAL NOT NULL DEFAULT 0, attempts_json TEXT NOT NULL DEFAULT '[]');
CREATE INDEX IF NOT EXISTS webhook_deliveries_due ON webhook_deliveries (due_at, seq) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS webhook_deliveries_of_webhook ON webhook_deliveries (webhook, seq);
CREATE INDEX IF NOT EXISTS webhook_deliveries_of_task ON webhook_deliveries (task);
CREATE TRIGGER IF NOT EXISTS task_begins AFTER INSERT ON tasks BEGIN {_TASK_ENTERS_STAGE} END;
CREATE TRIGGER IF NOT EXISTS task_enters_stage AFTER UPDATE OF stage ON tasks BEGIN {_TASK_ENTERS_STAGE} END;
"""


def prepare(db: sqlite3.Connection) -> None:
    """Create missing tables, and missing columns in a database of an earlier version."""
    db.executescript(SCHEMA + WEBHOOK_SCHEMA)
    present = {row["name"] for row in db.execute("SELECT name FROM pragma_table_info('items')")}
    for column, default in (("description", ""), ("media_json", "{}")):
        if column not in present:
            db.execute(f"ALTER TABLE items ADD COLUMN {column} TEXT NOT NULL DEFAULT '{default}'")
