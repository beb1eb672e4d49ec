"""Words for what the networks recognise: ImageNet's classes, and the broader kinds above them.

words        reads the word lists
recognition  chooses the word that the probabilities support
lexicon      finds words in a text

Not here: phrases about a picture's look (`judge/phrases`).
"""
