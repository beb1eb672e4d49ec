"""The tables of webhooks. Triggers write down what is to be sent in the very transaction that moves a task.

A webhook's `check_at` and a delivery's `due_at` are seconds since 1970, 0 for at once; `check_at` is null while there is
nothing to wait for. A delivery is `pending`, `delivered`, `failed`, or `dropped` because its task went elsewhere.
"""

_ENTERED = """
  UPDATE webhook_deliveries SET status = 'dropped' WHERE task = NEW.seq AND status = 'pending';
  INSERT INTO webhook_deliveries (webhook, task, body, created_at)
    SELECT w.uuid, NEW.seq, json_object('projectHash', NEW.project, 'dataHash', NEW.data_row, 'frame', 0), NEW.updated_at
    FROM webhooks w WHERE w.project = NEW.project AND w.stage = NEW.stage AND w.kind = 'custom_agent';
  UPDATE webhooks SET check_at = 0 WHERE project = NEW.project AND stage = NEW.stage AND kind = 'task_ready';
"""

SCHEMA = f"""
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
CREATE TRIGGER IF NOT EXISTS task_begins AFTER INSERT ON tasks BEGIN {_ENTERED} END;
CREATE TRIGGER IF NOT EXISTS task_enters_stage AFTER UPDATE OF stage ON tasks BEGIN {_ENTERED} END;
"""
