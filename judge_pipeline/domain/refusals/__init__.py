"""Refusals in a model's own words: declining to answer, or saying that there is no image.

detection  whether an answer is a refusal

The words are in words.tsv, by kind and language: `first person` and `no picture` stand at the start of an answer or after an
`apology` or a `polite` opening; an `apology` with a `negation` is a refusal whatever it says. English has kinds of its own.
Impersonal denials ("the face cannot be seen") are captions, so they are not there.

Not here: refusals in unknown languages, which are found by what is said of several images (`repetition`).
"""
