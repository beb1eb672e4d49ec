"""What the SDK does not reveal about Encord, what the local Encord does, and the tests that check it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Assumption:
    """One open question. `here` is the local Encord's behaviour, `option` the setting in `/_local/config` that changes it."""

    question: str
    here: str
    tests: tuple[str, ...] = ()
    option: str | None = None


LINKING = (
    Assumption(
        "Is an upload into the backing folder of a mirror dataset linked automatically?",
        "yes",
        ("local/encord/test_storage.py::test_an_upload_into_a_mirrors_folder_is_linked_automatically",),
        "mirror_auto_link",
    ),
    Assumption(
        "What does `link_items(SKIP)` return?",
        "only the new rows, possibly none",
        ("local/encord/test_datasets.py::test_skip_returns_only_the_new_rows",),
    ),
    Assumption(
        "What does `link_items(FAIL)` do with a linked item?",
        "409, and nothing is linked",
        ("local/encord/test_refusals.py::test_linking_twice_with_fail_is_refused_and_adds_nothing",),
    ),
    Assumption(
        "Does the task exist when `link_items` returns?",
        "yes, unless `task_lag_seconds` is set; the pipeline waits anyway",
        ("promises/test_linking.py::test_a_linked_item_is_in_the_first_stage",),
    ),
    Assumption(
        "What happens to rows and labels when their item is deleted?",
        "they are deleted with it",
        ("local/encord/test_datasets.py::test_deleting_an_item_deletes_its_rows",),
    ),
    Assumption(
        "Does deleting a data row delete the file?",
        "no, although Encord's documentation says so for files in its own storage",
        (
            "local/encord/test_datasets.py::test_unlinking_deletes_tasks_and_labels_but_keeps_the_item",
            "local/encord/test_datasets.py::test_unlinking_can_delete_the_item_as_encords_documentation_says",
        ),
        "delete_data_deletes_files",
    ),
)

STORAGE = (
    Assumption(
        "What does a bulk read do with an item requested twice?",
        "it returns it twice, in the order of the request",
        ("local/encord/test_storage.py::test_items_are_read_in_the_given_order",),
    ),
    Assumption(
        "What happens to the labels of an item that is moved out of a mirror dataset's folder?",
        "they are deleted with its row if the move allows it; otherwise the move is refused",
        ("local/encord/test_mirrors.py::test_items_leave_a_mirror_only_if_allowed",),
    ),
    Assumption(
        "Is a broken image refused?",
        "no: it becomes an item without width and height",
        ("local/encord/test_storage.py::test_a_broken_image_is_stored_anyway",),
    ),
    Assumption(
        "Does an update of client metadata replace or merge?",
        "it replaces the whole object",
        ("local/encord/test_storage.py::test_metadata_is_replaced_as_a_whole_and_the_name_stays",),
    ),
    Assumption(
        "Does changed metadata appear in the list of label rows at once?",
        "yes; the pipeline does not rely on it",
        ("promises/test_items.py::test_a_tag_is_added_to_what_people_have_written",),
    ),
    Assumption(
        "Does the metadata schema refuse undeclared keys?",
        "no, everything is stored",
        ("promises/test_items.py::test_metadata_is_stored_unchanged",),
    ),
    Assumption(
        "How long is a signed URL valid?",
        "an hour",
        ("local/encord/test_storage.py::test_a_signed_url_is_valid_only_for_its_method_object_and_time",),
        "signed_url_seconds",
    ),
    Assumption(
        "What does a bulk read do when one item is missing?",
        "403 for the whole request",
        (
            "local/encord/test_refusals.py::test_one_missing_item_refuses_a_whole_bulk_read",
            "promises/test_items.py::test_one_missing_item_refuses_a_bulk_read_but_hides_no_other",
        ),
    ),
    Assumption(
        "How long is an upload job pending?",
        "not at all: it is done before its id is returned",
        ("local/encord/test_storage.py::test_many_texts_are_uploaded_with_three_requests",),
    ),
    Assumption(
        "Is an upload job atomic?",
        "no: good files become items, bad ones are named",
        ("local/encord/test_storage.py::test_one_bad_file_fails_the_job_but_not_the_others",),
    ),
    Assumption(
        "What does a job do with a reserved upload that is already registered?",
        "that file fails; no second item is created",
        ("promises/test_texts.py::test_registering_again_what_is_registered_makes_no_second_item",),
    ),
    Assumption(
        "What do searches match?",
        "a part of the name, ignoring case",
        ("local/encord/test_storage.py::test_items_are_listed_page_by_page_in_either_order",),
    ),
    Assumption(
        "What happens to other types of files?",
        "DICOM, NIfTI, time series and scenes are refused; a real folder may hold types that the SDK cannot parse in a listing",
        ("local/encord/test_refusals.py::test_items_of_unsupported_kinds_are_refused_with_the_reason",),
    ),
    Assumption("May two items in a folder have the same name?", "yes"),
    Assumption("What is an item's `url`?", "its object key, which cannot be opened"),
)

_MEDIA = "local/encord/test_media.py::"

MEDIA = (
    Assumption(
        "How are a video's frames counted?",
        "the packets of its video track that are shown, whatever the rate; the rate is their average; sizes are after rotation",
        (
            _MEDIA + "test_a_video_is_measured_and_read_in_parts",
            _MEDIA + "test_the_frames_of_other_containers_are_counted",
            _MEDIA + "test_a_turned_video_and_one_with_a_variable_rate",
        ),
    ),
    Assumption(
        "What if the client sends its own measurement of a video, an audio file or a PDF?",
        "it is stored, and the file is not read",
        (_MEDIA + "test_what_the_client_has_measured_is_believed",),
    ),
    Assumption(
        "What happens to a file that cannot be read?",
        "a video, an audio file, a PDF or a group with a bad image fails its job with the reason",
        (_MEDIA + "test_a_bad_file_fails_its_job_with_the_reason",),
    ),
    Assumption(
        "What are the frames of an image group?",
        "image items in the group's folder, listed there; their uuids are the image hashes of labels; only the group gets a data row",
        (_MEDIA + "test_an_image_group_has_a_data_unit_for_each_frame",),
    ),
    Assumption(
        "What is an image sequence?",
        "an item with an H.264 video of 25 frames a second, even in width and height, and the images as frames; its label row has "
        "the type and the data units of an image group; images of different sizes are refused",
        (_MEDIA + "test_an_image_sequence_is_also_a_video",),
    ),
    Assumption(
        "When is a frame's image deleted?",
        "with the last group that has it, unless it is in a dataset; before that it cannot be deleted",
        (_MEDIA + "test_frames_go_with_the_last_group_that_has_them",),
    ),
    Assumption(
        "How many frames has an audio label row?",
        "as many as samples, like the label rows that the SDK makes itself; the bit depth is that of decoded samples",
        (_MEDIA + "test_audio_and_pdfs_are_measured",),
    ),
    Assumption(
        "Are labels outside of the frames refused?",
        "no: like other mistakes they make the row invalid, unless the save asks for validation",
        (_MEDIA + "test_labels_outside_of_the_frames_are_invalid",),
    ),
)

WORKFLOW = (
    Assumption(
        "Does a task keep its id from stage to stage?",
        "no",
        ("local/encord/test_tasks.py::test_a_task_uuid_survives_a_move_only_on_request",),
        "rotate_task_uuids",
    ),
    Assumption(
        "Does a listed label row name its task?",
        "yes, the one that it has then",
        ("promises/test_moving.py::test_rows_name_their_tasks",),
    ),
    Assumption(
        "Is a moved task in its next stage at once?",
        "yes, unless `task_lag_seconds` is set; the pipeline waits anyway",
        (
            "local/encord/test_tasks.py::test_a_stage_can_list_a_task_late",
            "promises/test_moving.py::test_a_moved_task_is_gone_from_its_stage_and_in_the_next",
        ),
        "task_lag_seconds",
    ),
    Assumption(
        "Is a list of moves atomic?",
        "yes",
        (
            "local/encord/test_tasks.py::test_a_list_of_actions_is_carried_out_entirely_or_not_at_all",
            "promises/test_moving.py::test_one_moved_task_refuses_its_whole_bundle",
        ),
    ),
    Assumption(
        "What is the response to a repeated move?",
        "400, even when the SDK itself retries after a lost response",
        (
            "local/encord/test_tasks.py::test_a_retried_proceed_is_reported_as_400",
            "local/encord/faults/test_failures.py::test_a_status_after_the_effect_looks_like_a_failure",
        ),
    ),
    Assumption(
        "In what order are tasks listed?",
        "by priority, 0.5 unless set, then oldest data first",
        ("local/encord/test_tasks.py::test_tasks_are_listed_by_priority_then_age",),
    ),
    Assumption(
        "How long is a page of tasks, and what if tasks leave between pages?",
        "100; the cursor names the last task, so nothing is skipped",
        ("local/encord/test_tasks.py::test_moving_tasks_while_paging_loses_and_repeats_nothing",),
        "task_page_size",
    ),
    Assumption(
        "Does case matter in the titles of stages and pathways?",
        "no; two stages of a workflow cannot differ in case alone",
        ("local/encord/test_tasks.py::test_pathways_and_stages_are_found_in_any_case",),
    ),
    Assumption(
        "Can tasks of a paused project be moved?",
        "no",
        ("local/encord/test_tasks.py::test_tasks_of_a_paused_project_cannot_be_moved",),
    ),
    Assumption(
        "When are label reviews created, and for what?",
        "on entering a review stage, one per classification and object",
        ("local/encord/test_labels.py::test_labels_are_reviewed_one_by_one",),
    ),
    Assumption(
        "Where does the comment of a rejected label go?",
        "into an issue on the label",
        ("local/encord/test_issues.py::test_the_comment_on_a_rejected_label_becomes_an_issue",),
    ),
    Assumption(
        "Does a task that returns to review keep its old decisions?",
        "no, its labels are undecided again",
        ("local/encord/test_starting_over.py::test_a_second_review_starts_with_undecided_labels",),
    ),
    Assumption(
        "Do captions go through Human Review?",
        "yes, as separate tasks: three per image",
        ("local/encord/agents/test_notebook.py::test_the_notebook_brings_every_image_and_caption_to_human_review",),
    ),
    Assumption(
        "Where does `workflow_reopen` lead?",
        "to the first annotation stage; 400 without one, where tasks return by `move`",
        (
            "local/encord/test_starting_over.py::test_rows_are_reopened_together_for_the_first_annotation_stage",
            "local/encord/test_starting_over.py::test_without_an_annotation_stage_nothing_is_reopened",
        ),
    ),
    Assumption(
        "How is an editor layout set?",
        "`PUT /_local/projects/{project}/editor-layout`; Encord has only its settings page",
        ("local/encord/test_workflows.py::test_the_notebooks_editor_layout_is_kept",),
    ),
)

LABELS = (
    Assumption(
        "Can labels be changed while people review them?",
        "yes, as in every stage; a new label gets its own review",
        ("local/encord/test_labels.py::test_labels_are_reviewed_one_by_one",),
    ),
    Assumption(
        "Which `annotation_task_status` does a label row have?",
        "none: in a project with a workflow the SDK refuses to read it and points to the stage",
    ),
    Assumption(
        "What if two programs save the same row?",
        "the last one wins, silently",
        ("local/encord/test_labels.py::test_a_save_replaces_all_labels_and_the_last_one_wins",),
    ),
    Assumption(
        "Who sets the creator and last editor of a label?",
        "the server, from the key's user, if the client does not",
        ("local/encord/test_labels.py::test_a_change_by_someone_else_carries_their_name",),
    ),
    Assumption(
        "What does initialising a row with labels do?",
        "it returns them",
        (
            "local/encord/test_labels.py::test_a_label_row_is_created_once",
            "promises/test_judgements.py::test_a_row_is_initialised_once",
        ),
    ),
    Assumption(
        "Does a row have one label hash or one per branch?",
        "one per branch",
        ("local/encord/test_labels.py::test_each_branch_has_its_own_labels",),
    ),
    Assumption(
        "How many label rows does one request accept?",
        "1000; the refusal names the limit",
        (
            "local/encord/test_refusals.py::test_more_than_a_thousand_label_rows_at_once_are_refused",
            "local/encord/test_refusals.py::test_a_smaller_limit_of_label_rows_applies_to_creating_reading_and_saving",
        ),
        "label_rows_per_request",
    ),
    Assumption(
        "Does saving move the workflow?",
        "no",
        ("promises/test_judgements.py::test_saving_moves_nothing_in_the_workflow",),
    ),
    Assumption(
        "Which data type is a `.txt` file?",
        "plain text, with one frame and no width or height",
        ("local/encord/test_labels.py::test_images_and_texts_have_different_data_types",),
    ),
    Assumption(
        "What does the label log hold?",
        "what each save adds, changes and deletes; no clicks, no time spent",
        ("local/encord/test_label_logs.py::test_each_save_logs_what_it_changes",),
    ),
    Assumption(
        "Which issue tags may be linked to a project?",
        "any: an unused name becomes a new tag",
        ("local/encord/test_issues.py::test_issue_tags_are_linked_to_a_project_by_name",),
    ),
    Assumption("Are labels written by older SDK versions converted?", "no: they are returned as sent"),
)

_GROUPS_TEST = "local/encord/test_data_groups.py::test_"
DATA_GROUPS = (
    Assumption(
        "What is the id of a space?",
        "the uuid of the member's storage item, as Encord's documentation says of `get_space`",
        (f"{_GROUPS_TEST}each_member_has_a_space_and_answers_stay_on_theirs",),
    ),
    Assumption(
        "Which keys do the members of a default grid or carousel have?",
        "their numbers: `0`, `1`, …",
        (f"{_GROUPS_TEST}default_layouts_number_their_members",),
    ),
    Assumption(
        "Can the members of a group change?",
        "no: the SDK has no method for it, so a group is deleted and created again",
    ),
    Assumption(
        "What may be a member, and how often?",
        "an image or a plain text, once a group, and in any number of groups",
        (f"{_GROUPS_TEST}a_group_names_only_items_and_keys_that_it_has",),
    ),
    Assumption(
        "Does a listing by `is_in_dataset` count the members of a linked group?",
        "yes, since Encord lists them as data units of the dataset with `include_children`; the pipeline is only slower if not",
        (f"{_GROUPS_TEST}a_group_is_one_row_and_one_task",),
    ),
    Assumption(
        "Can a member be deleted while its group exists?",
        "no",
        (f"{_GROUPS_TEST}members_outlive_their_group_unless_unused_ones_are_removed_with_it",),
    ),
    Assumption(
        "What does deleting a group do with its members?",
        "with `remove_unused_frames`, the SDK's default, it deletes those that nothing else uses; otherwise they stay",
        (f"{_GROUPS_TEST}members_outlive_their_group_unless_unused_ones_are_removed_with_it",),
    ),
    Assumption(
        "Is creating several groups atomic?",
        "yes, and repeating the request creates them again",
        (f"{_GROUPS_TEST}a_group_names_only_items_and_keys_that_it_has",),
    ),
    Assumption(
        "What happens to an answer on a space that the group lacks?",
        "it is stored as a problem, or refused if the save validates",
        (f"{_GROUPS_TEST}an_answer_on_a_space_that_the_group_lacks_is_invalid",),
    ),
    Assumption(
        "Does the list of rows with `include_children` show members?",
        "no; Encord has deprecated it in favour of spaces",
    ),
    Assumption("Does a project without access to data groups refuse them?", "there is no such restriction here"),
)

ACCESS = (
    Assumption(
        "Which project role does a key need to move tasks and save labels?",
        "any; Encord may require an admin or team manager, so give the pipeline one of those",
        ("local/encord/test_labels.py::test_a_change_by_someone_else_carries_their_name",),
    ),
    Assumption(
        "Do missing things return 403 or 404?",
        "403, like things that are not shared",
        ("local/encord/test_refusals.py::test_unknown_things_are_not_authorised",),
    ),
    Assumption(
        "How far may a client's clock be off?",
        "five minutes",
        (
            "local/encord/test_signatures.py::test_a_clock_skew_of_five_minutes_is_allowed",
            "local/encord/test_signatures.py::test_a_larger_clock_skew_is_refused",
        ),
        "clock_skew_seconds",
    ),
    Assumption(
        "What are the rate limits?",
        "there are none, unless a fault orders a 429",
        (
            "local/encord/faults/test_failures.py::test_a_rate_limit_is_retried_or_raised",
            "local/encord/faults/test_waiting.py::test_the_sdk_waits_for_retry_after",
        ),
    ),
    Assumption("How large may a request be?", "unlimited"),
    Assumption("Can a project be deleted?", "yes, although the SDK has no method for it"),
)

ASSUMPTIONS = {
    "Linking": LINKING,
    "Storage": STORAGE,
    "Videos, groups of images, audio, PDFs": MEDIA,
    "Workflow": WORKFLOW,
    "Labels": LABELS,
    "Data groups": DATA_GROUPS,
    "Access and limits": ACCESS,
}
