"""Probes of the judge: pairs of captions whose better one is known, or that have none, and what the judge makes of them.

construction  the pairs of captions for one image
splicing      a false detail put into a caption, in any language
trial         what the judge chose in a probe, and how often it was fooled

Not here: asking the judge (`engine/probing`), the report's section (`reporting/probes`).
"""
