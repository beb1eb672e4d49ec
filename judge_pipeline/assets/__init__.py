"""The path of a tag, a file a step, and what carries tags through it.

images ──► captions ──► linked_text_items ──► judgements ──► final_choices ──► report

path        the five partitioned assets, as Dagster sees them   walk      many tags through their steps at once
batch       one run's tags: known ones told, others walked      interrupting  a run that is ended early
bench       what a batch of tags is worked with                 gathering  calls of many tags made as one
collecting, memory  what a long-lived process keeps             event_log  what is told to Dagster, and its metadata
looking     what people have decided since the last look        sightings, noting  which captions an answer was given for
"""
