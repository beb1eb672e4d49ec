"""A picture: decoded from the request, and measured."""
