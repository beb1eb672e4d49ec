"""The steps of the path: what is read, called and written to make one value of an asset.

images               reads an image and gives its storage item a Tag
original_urls        signed URLs of originals, for models that take images by URL
captions             one captioner describes the image
text_uploads         uploads captions ahead of the call that links them
linked_text_items    makes items of both captions, links them, and moves the rows to the judge's stage
judgements           the judges compare the captions; the label row gets their answers
task_moves           rows leave the agent stages, also when nothing had to be made

Not here: the order of the steps and what a failure means for the tag (tag_run), the questions and answers themselves (domain/).
"""
