"""The two describers: sentences made from measurements only.

brief     `measured-brief`
detailed  `measured-detailed`
phrasing  phrases and sentences

Not here: the measurements (`picture`) and the recognised words (`vocabulary`).
"""
