"""Protocol v1, `/public` and `/public/user`: every request is a POST with an envelope, which names a query.

envelope       the two routes and the envelope
queries        the handler of each query
datasets       a dataset's properties, rows and users
data_rows      linking, deleting and renaming a dataset's rows
uploads        uploads into a dataset
projects       creating, copying, describing and deleting projects
project_parts  a project's datasets and users
project_data   one data unit, and the log of label changes
label_rows     listing, creating, reading, saving and moving label rows

Not here: the logic behind the queries, shared with v2, in the modules of `local/encord`.
"""
