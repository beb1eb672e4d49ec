"""Image files prepared for models.

preparation  an image file as a small, upright JPEG without metadata, or the reason why it cannot be read
formats      which formats are read, and what other files are, by their first bytes
jpeg         whether a JPEG is complete, and whether it has metadata
colour       any decoded picture as 8-bit colour or grey
unreadable   the refusal of a file
treatments   what was done to a picture beyond the standard recipe, and what was noticed about it

Not here: downloading the files (encord_project/files).
"""
