"""What people and the judge prefer, as data to train with; pure over domain values.

decision     who decided an image, or why nobody did       preference    a better and a worse caption of one image
best_caption the better caption alone                      split         train, validation or test, by image
records      the rows of each format                       features      what `datasets` is told of their columns
export       the files of one export                       card          the README beside them
"""
