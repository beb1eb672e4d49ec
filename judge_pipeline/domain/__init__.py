"""The pipeline's nouns and rules as pure code: no I/O, no clock, no imports from the rest of the package.

alignment/             a judge that learns from people
answer_codec/          JSON Schema of the judge's form, and decoding its answers
answer_text            answers without thinking and markers
asset_values           the value type of each partitioned asset
blinding               which caption is Caption A, and hiding the captioners' names
box                    a rectangle in a picture
caption                a caption: asking for it and reading the answer
caption_style          headers, list items and bold type in a caption
caption_text           what stands around a caption, and captions that say nothing
captioner              the two captioners and the data types
choice_probability     how sure a model was of its choice, by log-probabilities
classification_answer  answers to an ontology's classifications
correction             a person's answers in the place of the judge's labels
description            a description of a frame, for the label editor's agent
drawing                permanent random numbers, inclusion probabilities
final_choice           what a person decided about an image
data_group             the form in which each Tag is a data group, and images that wait for theirs
human_criteria         the ontology's own questions that a reviewer answers next to the choice
image                  an image that was read
item_metadata          Tag and Data Type in an item's client metadata
judge_mark             how our judgements are recognised in Encord
judge_ontology         the roles of an ontology's classifications
judge_opinion          the judge's opinion as found on a label row
judge_question         what the judge is asked
judged_with            the version of judgements: models, orders, prompts
judgement              rulings merged into a judgement; a panel judge's vote
model_answer           questions to models, and their answers
model_makers           who made a model, by its name
ontology               an Encord ontology's classifications, attributes, options
outcome                everything known about one image, and its state
panel                  several judges' judgements merged by majority
pipeline_names         one pipeline's names in Dagster, with or without a prefix
project_holder         which store works on a project, as its marker says
project_budget         dollars in a day or month, for all runs of a project
project_snapshot       an Encord project's rows by Tag
probes/                pairs of captions that show what sways the judge
prompts/               the prompts' texts and versions
refusals/              refusals in a model's own words
repetition             the same sentence for several images
retry_policy           how often and how long to retry
ruling                 the judge's answer for one order of the captions
review_sample          which final choices speak for which images
row_findings           texts of an image that stand elsewhere, are gone or were replaced
score                  criteria, and scores in them
spending               tokens, cost and time of model calls
statistics/            statistics of paired comparisons and of judges
suspicion              signs of an attempt to sway the judge
tag                    the Tag of an image
tag_failure            why a tag failed
text_item              captions as items in Encord
visible_text           invisible characters written out
word_count             the length of a text in words
workflow               the workflow's stages by kind, and the pathways of the agent stages

Not here: saving values (`store`), calling models (`models`), Encord's objects (`encord_project`), numbers for people (`reporting`).
"""
