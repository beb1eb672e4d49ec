"""The one door to Encord: our words to the SDK's and back.

connection     an SDK client from a key and a domain; the SDK's exceptions as ours
clock          the difference between this machine's clock and Encord's
errors         the exception tree
rate_limits    requests sent again after a rate limit
retries        calls made again after a failure, or until their effect shows
project        one project, opened and checked: every call that the pipeline makes
project_rows   its part about rows: listed, looked up, as a snapshot
project_texts  its part about text items: uploaded, found, read, linked, deleted
stages         the project's workflow as a `Workflow`, and its status
rows           label rows as `ProjectRow`
linked_rows    the seed's form: captions linked as rows of their own
grouped_rows   the second form: an image and its captions as one data group
waiting_images  images that wait in a storage folder for their data group
overwritten_groups  data groups whose client metadata someone has overwritten
group_labels   labels taken over by the group that replaces another one
image_tags     the Tags of images: written, and those that another project has made
image_answers  the answers on an image: on its row, or on its space of a group
row_by_row     bulk calls in which a refused row fails alone
tasks          rows moved through the workflow, approved, reopened
labels         judgements as classification instances
judge_labels   the judge's labels as found, with their marks
final_choices  the Final Choice on label rows, read, written, removed
criterion_labels  the ontology's own human classifications, read and changed together with the Final Choice
texts          captions as plain-text items
newest_items   the newest items of a folder, a few fields of each
added_captions  captions that others add to a run's folders while it works
images         image files uploaded and linked
watched_writes  writes watched for what others write at the same time; client metadata written so
label_saves    label rows saved so that nothing of others is lost
label_content  what the labels of a row say, compared and put back one by one
write_guard    the check before each request that changes something
uploads        the three steps of an upload: reserve, put, register
folder_marker  a marker of ours in a folder's client metadata
files          storage items and the bytes behind their signed URLs
storage        HTTP to signed URLs
storage_addresses  which addresses files are read from
ranged_file    the file behind a signed URL as a seekable file, read in parts
url_lifetime   how long a signed URL is valid
frames         single frames read and described, for the label editor's agent
object_boxes   where the objects of a frame are
project_state  a project as it is, for comparing it with what is needed
set_up         a project of one's own: compared, then completed or created
creation       metadata schema, ontology, dataset and project, created when missing

Not here: Encord's imitation (local/encord), and what is done with the rows (engine, review, editor_agent).
"""
