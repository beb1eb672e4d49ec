"""A picture: decoded from the request, and measured.

decoding    data URI to RGB picture
colours     tone and dominant colours
layout      light, sharpness, background and the position of the detail
remembered  the measurements of the last pictures

Not here: what the picture shows (`networks`).
"""
