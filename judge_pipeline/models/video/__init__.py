"""Single frames of video files, as image files.

frames        the n-th frame of a video file, without decoding the frames before its keyframe
frame_index   which frame each keyframe of a file is: by the file's own index, or counted
packets       the packets of a file from a keyframe on
containers    video files opened with PyAV, and why one cannot be
pictures      a decoded frame as a PNG: upright, with square pixels, its colour space and its transparency

Not here: reading a part of a file by HTTP (encord_project/ranged_file), preparation of the PNG for models (models/images).
"""
