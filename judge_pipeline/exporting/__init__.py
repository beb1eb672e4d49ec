"""Training data from the preferences of people and the judge; pure functions over domain values, except for writing files.

best_caption  the better caption of an image
card          the README of an export
decision      who decided an image, or why it is left out
export        the files of one export
preference    a better and a worse caption of one image
records       the rows of each format
split         train, validation or test, by image
tables        rows as JSON lines and Parquet, with column types for `datasets`

Not here: fetching the images (`cli.support.image_files`), loading the outcomes (`store.outcomes`).
"""
