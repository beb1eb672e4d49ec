"""What the SDK cannot tell about Encord, how the local Encord does it, and the tests that hold it to that."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Assumption:
    """One open question. `here` is the local server's answer, `option` the name under `/_local/config` that changes it."""

    question: str
    here: str
    tests: tuple[str, ...] = ()
    option: str | None = None


LINKING = (
    Assumption(
        "Is an upload into the backing folder of a mirror dataset linked by itself?",
        "yes",
        ("local/encord/test_storage.py::test_an_upload_beside_a_mirror_dataset_is_linked_by_itself",),
        "mirror_auto_link",
    ),
    Assumption(
        "What does `link_items(SKIP)` return?",
        "the new rows alone, perhaps none",
        ("local/encord/test_datasets.py::test_skip_returns_the_new_rows_alone",),
    ),
    Assumption(
        "What does `link_items(FAIL)` do with a known item?",
        "409, and nothing is linked",
        ("local/encord/test_refusals.py::test_linking_twice_with_fail_is_refused_and_adds_nothing",),
    ),
    Assumption(
        "Is the task there when `link_items` returns?",
        "yes, unless `task_lag_seconds` says otherwise; the pipeline waits all the same",
        ("promises/test_linking.py::test_a_linked_item_is_in_the_first_stage",),
    ),
    Assumption(
        "What becomes of rows and labels when their item is deleted?",
        "they go with it",
        ("local/encord/test_datasets.py::test_deleting_an_item_takes_its_rows",),
    ),
    Assumption(
        "Does deleting a data row delete the file?",
        "no, although Encord's documentation says so of files on its own storage",
        (
            "local/encord/test_datasets.py::test_unlinking_takes_tasks_and_labels_but_leaves_the_item",
            "local/encord/test_datasets.py::test_unlinking_can_delete_the_item_as_encords_documentation_says",
        ),
        "delete_data_deletes_files",
    ),
)

STORAGE = (
    Assumption(
        "What does a bulk read do with an item that is asked for twice?",
        "it returns it twice, in the order asked for",
        ("local/encord/test_storage.py::test_items_are_read_in_the_order_asked_for",),
    ),
    Assumption(
        "What becomes of the labels of an item that is moved out of a mirror dataset's folder?",
        "they go with its row, if the move allows it; otherwise it is refused",
        ("local/encord/test_mirrors.py::test_items_leave_a_mirror_only_where_that_is_allowed",),
    ),
    Assumption(
        "Is a broken image refused?",
        "no: it becomes an item without width and height",
        ("local/encord/test_storage.py::test_a_broken_image_is_stored_all_the_same",),
    ),
    Assumption(
        "Does an update of client metadata replace or merge?",
        "it replaces the whole object",
        ("local/encord/test_storage.py::test_metadata_is_replaced_as_a_whole_and_the_name_stays",),
    ),
    Assumption(
        "Is changed metadata seen in the list of label rows at once?",
        "yes; the pipeline does not count on it",
        ("promises/test_items.py::test_a_tag_is_added_to_what_people_have_written",),
    ),
    Assumption(
        "Does the metadata schema refuse keys that it does not name?",
        "no, everything is kept",
        ("promises/test_items.py::test_metadata_is_stored_unchanged",),
    ),
    Assumption(
        "How long is a signed URL good?",
        "an hour",
        ("local/encord/test_storage.py::test_a_signed_url_is_good_for_its_method_object_and_time_only",),
        "signed_url_seconds",
    ),
    Assumption(
        "What does a bulk read do when one item is missing?",
        "403 for all of it",
        (
            "local/encord/test_refusals.py::test_one_missing_item_refuses_a_whole_bulk_read",
            "promises/test_items.py::test_one_missing_item_refuses_a_bulk_read_but_hides_no_other",
        ),
    ),
    Assumption(
        "How long is an upload job pending?",
        "not at all: it is over before its id is known",
        ("local/encord/test_storage.py::test_many_texts_are_uploaded_with_three_requests",),
    ),
    Assumption(
        "Is an upload job atomic?",
        "no: the good files become items, the bad ones are named",
        ("local/encord/test_storage.py::test_one_bad_file_fails_the_job_but_not_the_others",),
    ),
    Assumption(
        "What does a job do with a reserved upload that was registered before?",
        "that file fails, no second item is made",
        ("promises/test_texts.py::test_registering_again_what_is_registered_makes_no_second_item",),
    ),
    Assumption(
        "What do searches look for?",
        "a part of the name, letter case aside",
        ("local/encord/test_storage.py::test_items_are_listed_page_by_page_in_either_order",),
    ),
    Assumption(
        "What are other kinds of files?",
        "refused: items are images and plain texts; a real folder may hold kinds that make a page unreadable for the SDK",
        ("local/encord/test_refusals.py::test_items_of_kinds_that_are_not_stored_are_refused_clearly",),
    ),
    Assumption("May two items of a folder have one name?", "yes"),
    Assumption("What is an item's `url`?", "its object key, which opens nothing"),
)

WORKFLOW = (
    Assumption(
        "Does a task keep its id from stage to stage?",
        "no",
        ("local/encord/test_tasks.py::test_a_task_uuid_survives_a_move_only_on_demand",),
        "rotate_task_uuids",
    ),
    Assumption(
        "Is a moved task in its next stage at once?",
        "yes, unless asked to lag; the pipeline waits all the same",
        (
            "local/encord/test_tasks.py::test_a_stage_lists_a_task_late_on_demand",
            "promises/test_moving.py::test_a_moved_task_is_gone_from_its_stage_and_in_the_next",
        ),
        "task_lag_seconds",
    ),
    Assumption(
        "Is a list of moves carried out as a whole?",
        "yes, or not at all",
        (
            "local/encord/test_tasks.py::test_a_list_of_actions_is_done_whole_or_not_at_all",
            "promises/test_moving.py::test_one_moved_task_refuses_its_whole_bundle",
        ),
    ),
    Assumption(
        "What is the answer to a move that was made already?",
        "400, also when the SDK repeats it by itself after a lost answer",
        (
            "local/encord/test_tasks.py::test_a_retried_proceed_is_reported_as_400",
            "local/encord/faults/test_failures.py::test_a_status_after_the_effect_is_taken_for_a_failure",
        ),
    ),
    Assumption(
        "In which order are tasks listed?",
        "by priority, 0.5 unless set, then oldest data first",
        ("local/encord/test_tasks.py::test_tasks_come_by_priority_then_age",),
    ),
    Assumption(
        "How long is a page of tasks, and what if tasks leave meanwhile?",
        "100; a cursor that names the last task, so that nothing is skipped",
        ("local/encord/test_tasks.py::test_moving_tasks_while_paging_loses_and_repeats_nothing",),
        "task_page_size",
    ),
    Assumption(
        "Can tasks of a paused project be moved?",
        "no",
        ("local/encord/test_tasks.py::test_tasks_of_a_paused_project_stay",),
    ),
    Assumption(
        "When are label reviews opened, and for what?",
        "on entering a review stage, one for each classification and object",
        ("local/encord/test_labels.py::test_labels_are_reviewed_one_by_one",),
    ),
    Assumption(
        "Where does the comment of a rejected label go?",
        "into an issue of the label",
        ("local/encord/test_issues.py::test_the_comment_of_a_rejected_label_is_an_issue_of_the_label",),
    ),
    Assumption(
        "Has a task that comes back for review its old decisions?",
        "no, its labels are undecided again",
        ("local/encord/test_starting_over.py::test_a_second_review_begins_with_undecided_labels",),
    ),
    Assumption(
        "Do captions go through Human Review?",
        "yes, as tasks of their own: three for each image",
        ("local/encord/agents/test_notebook.py::test_the_notebook_brings_every_image_and_caption_to_human_review",),
    ),
    Assumption(
        "Where does `workflow_reopen` lead?",
        "to the first annotation stage; 400 where there is none, and tasks come back by `move`",
        (
            "local/encord/test_starting_over.py::test_rows_are_reopened_together_for_the_first_annotation_stage",
            "local/encord/test_starting_over.py::test_without_an_annotation_stage_nothing_is_reopened",
        ),
    ),
    Assumption(
        "How is an editor layout set?",
        "`PUT /_local/projects/{project}/editor-layout`, where Encord has only its settings page",
        ("local/encord/test_workflows.py::test_the_notebooks_editor_layout_is_kept",),
    ),
)

LABELS = (
    Assumption(
        "Can labels be changed while people review them?",
        "yes, as in every stage; a label that is new has a review of its own",
        ("local/encord/test_labels.py::test_labels_are_reviewed_one_by_one",),
    ),
    Assumption(
        "Which `annotation_task_status` has a label row?",
        "none: the SDK refuses to tell it in a project with a workflow, and points to the stage",
    ),
    Assumption(
        "What if two programs save one row?",
        "the last one wins, silently",
        ("local/encord/test_labels.py::test_a_save_replaces_all_labels_and_the_last_one_wins",),
    ),
    Assumption(
        "Who fills in by whom a label was made and changed?",
        "the server, with the key's user, where the client leaves it open",
        ("local/encord/test_labels.py::test_a_change_by_someone_else_carries_their_name",),
    ),
    Assumption(
        "What does initialising a row do that has labels?",
        "it returns them",
        (
            "local/encord/test_labels.py::test_a_row_is_made_once",
            "promises/test_judgements.py::test_a_row_is_initialised_once",
        ),
    ),
    Assumption(
        "Has a row one label hash or one a branch?",
        "one a branch",
        ("local/encord/test_labels.py::test_each_branch_has_its_own_labels",),
    ),
    Assumption(
        "How many label rows does one request take?",
        "1000; the refusal names the limit",
        (
            "local/encord/test_refusals.py::test_more_than_a_thousand_label_rows_at_once_are_refused",
            "local/encord/test_refusals.py::test_a_smaller_limit_of_label_rows_holds_for_making_reading_and_saving",
        ),
        "label_rows_per_request",
    ),
    Assumption(
        "Does saving move the workflow?",
        "no",
        ("promises/test_judgements.py::test_saving_moves_nothing_in_the_workflow",),
    ),
    Assumption(
        "Which kind of data is a `.txt` file?",
        "plain text, with one frame and no width or height",
        ("local/encord/test_labels.py::test_images_and_texts_are_told_apart",),
    ),
    Assumption(
        "What does the log of label changes hold?",
        "what each save adds, changes and deletes; no clicks, no time taken",
        ("local/encord/test_label_logs.py::test_each_save_logs_what_it_changes",),
    ),
    Assumption(
        "Which issue tags may be linked to a project?",
        "any: a name that nobody has used is a new tag",
        ("local/encord/test_issues.py::test_issue_tags_are_linked_to_a_project_by_name",),
    ),
    Assumption("Are labels as older versions of the SDK wrote them converted?", "no: what was sent is returned"),
)

ACCESS = (
    Assumption(
        "Which role in a project does a key need to move tasks and to save labels?",
        "any; Encord may want an admin's or a team manager's, so the pipeline is best given one of those",
        ("local/encord/test_labels.py::test_a_change_by_someone_else_carries_their_name",),
    ),
    Assumption(
        "Is what does not exist 403 or 404?",
        "403, like what is not shared",
        ("local/encord/test_refusals.py::test_unknown_things_are_not_authorised",),
    ),
    Assumption(
        "How far may a client's clock be off?",
        "five minutes",
        (
            "local/encord/test_signatures.py::test_a_clock_may_be_five_minutes_off",
            "local/encord/test_signatures.py::test_a_clock_that_is_further_off_is_refused",
        ),
        "clock_skew_seconds",
    ),
    Assumption(
        "Where are the rate limits?",
        "nowhere, until a fault orders a 429",
        (
            "local/encord/faults/test_failures.py::test_a_rate_limit_is_waited_for_or_raised",
            "local/encord/faults/test_waiting.py::test_retry_after_is_waited_for",
        ),
    ),
    Assumption("How large may a request be?", "as large as it likes"),
    Assumption("May a project be deleted?", "yes, although the SDK has no method for it"),
)

ASSUMPTIONS = {
    "Linking": LINKING,
    "Storage": STORAGE,
    "Workflow": WORKFLOW,
    "Labels": LABELS,
    "Access and limits": ACCESS,
}
