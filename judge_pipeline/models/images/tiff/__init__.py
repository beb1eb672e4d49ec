"""TIFF files, of which Pillow decodes only what it reads right.

opening  which page is shown, who decodes it, and which kinds are not read
page     a page decoded here, as a picture of 8 bits
scale    which value is black and which is white
samples  the samples of a page as numbers
tags     the tags of the pages

Not here: colour profiles and transparency (models/images/colour).
"""
