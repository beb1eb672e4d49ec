"""Label reviews of one task: listing and deciding."""

from typing import Literal

from fastapi import APIRouter

from judge_pipeline.local.encord import access, issues, label_reviews, tasks
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.issues import NewIssue
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.wire import Body, Id, page

router = APIRouter(route_class=V2Route)

_STATUS = {"APPROVE": "APPROVED", "REJECT": "REJECTED", "REOPEN": "REOPENED"}


class ReviewAction(Body):
    """A decision on one label; a rejection's comment becomes an issue of the label."""

    review_uuid: Id
    action: Literal["APPROVE", "REJECT", "REOPEN"]
    comment: str | None = None
    comment_tags: list[str] | None = None


@router.get("/v2/public/projects/{project}/workflow/stages/{stage}/tasks/{task}/reviews")
def list_reviews(call: CurrentCall, project: Id, stage: Id, task: Id) -> Json:
    """The reviews of a task in its review stage."""
    with call.state.database.reading() as db:
        access.project(db, call.caller, project)
        row = tasks.in_stage(db, project, tasks.workflow_of(db, project).stage(stage), [task])[0]
        reviews = db.execute(
            "SELECT * FROM label_reviews WHERE task = ? AND stage = ? ORDER BY seq", (row["seq"], stage)
        ).fetchall()
    return Json(page([label_reviews.review_wire(review) for review in reviews]))


@router.post("/v2/public/projects/{project}/workflow/stages/{stage}/tasks/{task}/reviews/actions")
def decide(call: CurrentCall, project: Id, stage: Id, task: Id, actions: list[ReviewAction]) -> Json:
    """Decide reviews, all or none; the task stays in its stage."""
    with call.state.database.writing() as db:
        access.project(db, call.caller, project)
        row = tasks.in_stage(db, project, tasks.workflow_of(db, project).stage(stage), [task])[0]
        known = {
            review["uuid"]: review
            for review in db.execute("SELECT * FROM label_reviews WHERE task = ? AND stage = ?", (row["seq"], stage))
        }
        for action in actions:
            review = known.get(action.review_uuid)
            if review is None:
                raise InvalidArguments(f"task {task} has no label review {action.review_uuid}; nothing was done")
            label_reviews.decide(db, review["seq"], _STATUS[action.action])
            if action.action == "REJECT" and action.comment:
                issues.add(db, project, [_issue_of(action, row["data_row"], review["label_id"])], by=call.caller)
    return Json(None)


def _issue_of(action: ReviewAction, data_unit: str, label: str) -> NewIssue:
    anchor = {"type": "annotation", "dataUuid": data_unit, "annotationId": label}
    return NewIssue.model_validate(
        {"anchor": anchor, "comment": action.comment, "issueTags": action.comment_tags or []}
    )
