"""Queries that change a project's datasets and users."""

from typing import Any

from pydantic import BaseModel, Field

from judge_pipeline.local.encord import access, projects
from judge_pipeline.local.encord.v1.envelope import Query
from judge_pipeline.local.encord.wire import Id


class DatasetsToAdd(BaseModel):
    """Datasets to attach."""

    dataset_hashes: list[Id]


class UsersToAdd(BaseModel):
    """E-mail addresses and their role: 0 admin … 5 viewer."""

    user_emails: list[str]
    user_role: int = Field(ge=0, le=5)


def attach_datasets(query: Query) -> bool:
    """`projectdataset POST`: attach datasets to a project."""
    wanted = DatasetsToAdd.model_validate(query.payload)
    with query.call.state.database.writing() as db:
        access.project_admin(db, query.call.caller, query.resource)
        projects.attach(db, query.call.caller, query.resource, wanted.dataset_hashes)
    return True


def detach_datasets(query: Query) -> bool:
    """`projectdataset DELETE`: detach datasets from a project."""
    with query.call.state.database.writing() as db:
        access.project_admin(db, query.call.caller, query.resource)
        projects.detach(db, query.resource, query.ids())
    return True


def add_users(query: Query) -> list[dict[str, Any]]:
    """`projectusers POST`: share the project."""
    wanted = UsersToAdd.model_validate(query.payload)
    with query.call.state.database.writing() as db:
        access.project_admin(db, query.call.caller, query.resource)
        access.check_registered(db, wanted.user_emails)
        db.executemany(
            "INSERT OR REPLACE INTO project_users VALUES (?, ?, ?)",
            [(query.resource, email, wanted.user_role) for email in wanted.user_emails],
        )
    return [
        {"user_email": email, "user_role": wanted.user_role, "project_hash": query.resource}
        for email in wanted.user_emails
    ]
