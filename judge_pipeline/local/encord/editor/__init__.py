"""Read-only pages of the label editor: a project's items, and each item with its companions and labels. Only the agents behind
the buttons can change anything.

pages        the routes of the pages
page_route   what all pages share: loopback only, security headers, errors as HTML
rendering    renders the templates
overview     projects, stages and items in lists
opened_item  one item with everything its page shows
item         an item of a project, from its tables
labels       the labels matched with their ontology
layout       the editor layout that people upload
arrangement  which item each tile of the layout shows
group_screen  a data group's members in its own layout
agents       buttons that call a project's agents, as Encord's editor does

Not here: uploading a layout (`control/outside_sdk`); the pages for blind choices (`judge_pipeline.review`).
"""
