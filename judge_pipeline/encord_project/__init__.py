"""The one door to Encord: our words to the SDK's and back.

connection  a client from a key and a domain        project    opens a project, checks it, hands out the rest
rows        label rows as our rows                  files      the bytes of items, by signed URL
texts       captions uploaded and linked            tasks      rows moved through the workflow
labels      judgements as classification instances  storage    requests to signed URLs, repeated while busy
creation    a project as the pipeline needs it      final_choices  what people have answered
images      image files uploaded and linked once    uploads    a place reserved, filled and registered
trying_again  calls made again while Encord has no answer
frames      single frames read and described, for the label editor's agent
reviews     a person's choice and approval, done for them
"""
