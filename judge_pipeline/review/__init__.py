"""Blind side-by-side review in the browser: a page of this machine, for any project of the pipeline's.

session     which image comes next, and how far it has got      deciding    an answer written, approved, taken back
comparison  one image with its two captions, sides drawn        pictures    images as the browser gets them
order       in which order images come                          app         the page and its few routes
guard       who may talk to it                                  serving     until Ctrl-C
errors      why an answer was not taken                     choices     what a reviewer may choose at the start
opening     the beginning of a sitting
"""
