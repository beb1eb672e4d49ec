"""The report: the statistics of all judgements, the sentence that sums them up, and its page. Pure: domain values in, text out.

report            all numbers of a report, and its JSON
headline          the report in one sentence, and its cautions
metric            a number with its meaning and interval; sections and tables
graded_judge      what people will say of each image, predicted from the judge; which images to ask about next
opinions          what the judge and people say, as columns
people_sample     how people's choices came about, and which images they speak for
win_rates         section: which captioner is better
agreement         section: how far the judge can be trusted
auto_accept       section: what can be accepted without review
bias              section: what sways the judge
length_bias       whether length and style sway it, for the section above
probes            section: what sways the judge, tested on purpose
criterion_scores  section: how the judge scores
corrections       section: what people have corrected
reviewers         section: several reviewers, and whether the judge may replace one
panel             section: several judges
attention         section: what needs attention
judge_versions    section: judge, prompt and ontology
costs             section: tokens, money and time
failure_reasons   failures in sentences, grouped by step and reason
telling_images    the six images under the headline
page_sections     what the page shows of the sections, and what is undefined by reason
table_rows        the rows of the page's table of images
page              the page as HTML from templates/, and the win rates as a picture
thumbnails        thumbnails small enough for a page
ranking           captioners of several projects in one ranking
ranking_json      the same as JSON
export_gate       whether the judge agrees with people well enough to export its decisions
digest            how runs ended, for Slack and as JSON

Not here: the formulas (`domain/statistics`), writing the files (`assets/report`), the training data (`exporting`).
"""
