"""What Dagster shows, in the order of the path.

partitions      one partition per Tag, which is one image
tag_assets      images, captions_8b, captions_16b, linked_text_items, judgements: one multi-asset, partitioned by Tag
ontology        the judge's questions, observed because people change them in Encord
final_choices   what people have decided
report          which captioner is better, and how far the judge can be trusted
exports         preference_pairs and best_captions
output_links    the metadata that lead from an asset to its file
checks          checks of all tags together, and the one that can block the exports
sqlite_events   the former address of `dagster_events.sqlite_storage`, which older homes still name

Not here: how a tag gets its values (engine/), what launches runs (automation/), how events are written (dagster_events/).
"""
