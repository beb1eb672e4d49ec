"""The label editor to look at: a project's items, and each with its companions and labels. Nothing can be changed here,
but by the agents whose buttons it shows.

layout        the editor layout that people upload      pages     the routes, read-only HTML
arrangement   which item a tile of the layout shows     page_route  what all of them have in common
overview      projects, stages and items in lists       opened    one item with all that is shown of it
agents        buttons that call a project's agents, as Encord's editor does: agents.js
answers       the labels beside their ontology          rendering the templates
"""
