"""Stand-ins that run everything on this machine, without credentials.

encord/  a server that speaks Encord's wire protocol
models/  an OpenAI-compatible server over small real networks and pixel measurements
pair/    starts and finds both servers, and creates the sample project in them

Not here: the clients, which are the same for the real services (`encord_project`, `models`). The two servers import nothing
else of the package, nor each other.
"""
