"""The label editor's agent, over HTTP: against the local Encord and a stub model with scripted answers."""
