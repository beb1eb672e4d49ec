"""A judge that learns from people: what its questions gain, and how that is found without fooling oneself.

alignment     `Alignment`: notes, examples or a calibration, its version, and the text that it adds to the judge's question
calibration   the judge's answer corrected for what sways it; fitted and applied without a model
comparison    the old and the new judge on the same images that neither has learned from
examples      which pairs become examples
labelled      the images with people's choices, divided into parts by image before anything is chosen
notes         asking a model for notes on people's choices, and reading them
proposal      a proposed judge and the accepted one

Not here: asking the judges (`engine.judging`), finding the alignment of a project (`engine.align`).
"""
