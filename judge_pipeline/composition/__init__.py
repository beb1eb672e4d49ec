"""Settings become resources (Encord, models, store) and the code location: the one place where they meet.

connections  access to Encord and the endpoints of the models
loading      the code location, as Dagster loads it
pipeline     the resources of a pipeline

Not here: what the settings are (`settings`), what the code location holds (`automation.code_location`).
"""
