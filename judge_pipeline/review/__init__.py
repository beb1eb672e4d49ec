"""Blind side-by-side review in the browser: a local page that works for any project of the pipeline.

app            the page and its routes, served until Ctrl-C
opening        a session opened, with what an interrupted one left
session        one reviewer session: which image comes next, the answers so far, undo
sitting        how the images of a session are drawn, and in which order they come
review_queue   which images wait for a first answer, a second opinion or adjudication
fetched_comparisons  labels and files of the images, as Encord holds them
further_opinions  second opinions kept in the store, and adjudication
reviewers      the names to pick from, and which are accepted
comparison     one image with its two captions, and what a side means
criterion_picks  the answers to the ontology's own questions in this session
choice_writer  saves a choice in Encord and the store, approves it, undoes it
guard          who may talk to the page
pictures       images as the browser gets them
errors         why an answer was not saved

The page itself, its script and its style are in page/.

Not here: reading choices made in Encord's editor (`engine`), the command and its link (`cli/review`).
"""
