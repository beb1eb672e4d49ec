"""Image files prepared for models.

preparation  an image file as a small, upright JPEG without metadata, or the reason why it cannot be read
formats      which formats are read, and what other files are, by their first bytes
jpeg         the segments of a JPEG: its kind, whether it is complete, whether it has metadata
jpeg_decoding  a JPEG decoded once, with what libjpeg only warns of
colour       any decoded picture as 8-bit sRGB or grey
colour_space  the colour space that a file declares
icc_conversion  pictures converted to sRGB by ICC profiles
icc_profile  ICC profiles made of primaries and a tone curve
high_range   pictures of high dynamic range as a browser draws them
transparency  which pixels are transparent, and the ground that they are shown on
strips       large pictures converted strip by strip
one_colour   whether a picture shows anything
orientation  pictures turned upright
png_chunks   the chunks of a PNG
opening      files opened with Pillow where its own reader would refuse a whole one
tiff/        TIFF files
bmp          BMP files with masks that Pillow does not know
unreadable   the refusal of a file
chroma       whether a picture has colours too fine for an ordinary JPEG
least_side   pictures with a side below what models take
originals    whether an original file may be sent in place of the prepared image
treatments   what was done to a picture beyond the standard recipe, and what was noticed about it

Not here: downloading the files (encord_project/files).
"""
