"""The label editor's agent: over HTTP, against the local Encord and a model that answers as told."""
