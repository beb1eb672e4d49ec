"""Statistics of paired comparisons and of judges, as plain functions over columns: lists, arrays, DataFrame columns.

A row is an image. None and NaN are missing; a tie, an unavailable answer and a failure are separate states (`Verdict`).
A result that cannot be computed is None, and its `undefined` gives the reason; lack of data never yields 1.0.
All intervals are 95% unless `confidence` says otherwise.

arguments              checks of option words, counts, confidences and numbers that callers pass in
columns                columns of any kind, missing values, pairing of rows
confidence_sequence    intervals that hold at every look: `share_at_every_look`, `win_rate_at_every_look`,
                       `lowest_share_at_every_look`, `is_higher_at_every_look`, and of any estimate `at_every_look`
estimate               `Estimate`: a value, its interval, the number of images, or why it is undefined; `Interval`
sampled_mean           `sampled_mean`, `sampled_share`: of all images, from some drawn with known probabilities
sampling_design        inclusion probabilities, a finite project and clusters: the variance of what was drawn
share                  `Share`: a count of a total, with `wilson_interval`
verdict                `Verdict`: first, second, tie, not available, failed, missing

Which is better
battle_counts          battles counted by pair and corrected by PPI++, for the resamples of `ranking`
bootstrap_over_images  `bootstrap`: an interval over images for any statistic
multiple_tests         `holm`: p-values of several tests, adjusted
corrected_mean         a mean corrected by predictions, for `ppi_mean` and `ppi_win_rate`
graded_prediction      `graded_predictions`: what people will say, predicted from the judge's scores, orders and votes
neyman                 `drawing_weights`: which images are worth a person's time
paired_tests           `sign_test`, `wilcoxon_signed_rank`, `paired_t_test`, `mean_difference`
prediction_powered     PPI++: `ppi_win_rate` and `ppi_mean` from few labels by people and the judge's on all images
ranked_contestants     `ranking` of two or more contestants by people's verdicts, corrected by the judge's, over images
strength_fit           the likelihood behind `bradley_terry` and `ranking`
strengths              `bradley_terry`: strengths of two or more contestants, ties included
win_rate               `win_rates`; `ties_half_interval` for win rates that count ties as half

How far to trust a judge
alternative_annotator  `alt_test`, `alt_test_of_counts`: may the judge stand in for one of several reviewers?
confusion_table        `confusion` and `raw_agreement` of two raters
gwet                   `gwet_ac1`, `gwet_ac2`: agreement beyond chance, stable when nearly all labels are alike
human_agreement        `human_agreement`: how often reviewers agree, the ceiling of a judge; `reviewer_agreement` for each
kappa                  `cohen_kappa`: agreement beyond chance, plain or weighted
krippendorff           `krippendorff_alpha`: any number of raters, with gaps; nominal, ordinal or interval labels
own_scores             `self_consistency`, `choice_consistency`: does the choice follow from the judge's own scores?
sampled_kappa          kappa of all images, from some drawn with known probabilities, and its interval for few
paired_difference      `share_difference`: does one judge agree more often than another on the same images, and by how much?
ratings                ratings of several raters as arrays
resampling             resampling of units, percentile intervals
score_gap              `agreement_by_gap`; `auto_accept`: the smallest gap at which to accept the judge unseen
unit_disagreement      disagreement within and between units, for `krippendorff_alpha`

What sways it
length_control         `controlled_win_rate` at equal length and style; `length_differences`, `count_differences`
length_preference      `longer_preferred`: how often the longer caption is chosen
mcnemar_test           `mcnemar`: is one of two yes-or-no answers given more often? also `mcnemar_of_counts`
order_swap             `two_orders` and `two_order_accuracy`: consistency and accuracy when the captions swap places

How many more labels
labels_needed          until an interval is narrow enough: `labels_for_share`, `labels_for_kappa`, `labels_for_estimate`
power                  `images_for_win_rate` until a win rate is likely to be detected; `win_rate_power`;
                       what so many images detect: `detectable_win_rate`, `detectable_difference`

Not here: choosing, wording and showing these numbers (`reporting`).
"""

from judge_pipeline.domain.statistics.alternative_annotator import (
    AgainstReviewer,
    AltTest,
    alt_test,
    alt_test_of_counts,
)
from judge_pipeline.domain.statistics.bootstrap_over_images import bootstrap
from judge_pipeline.domain.statistics.confidence_sequence import (
    at_every_look,
    is_higher_at_every_look,
    lowest_share_at_every_look,
    share_at_every_look,
    win_rate_at_every_look,
)
from judge_pipeline.domain.statistics.confusion_table import Confusion, confusion, raw_agreement
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, MIN_CHOICES, Estimate, Interval
from judge_pipeline.domain.statistics.graded_prediction import graded_predictions
from judge_pipeline.domain.statistics.gwet import gwet_ac1, gwet_ac2
from judge_pipeline.domain.statistics.human_agreement import ReviewerAgreement, human_agreement, reviewer_agreement
from judge_pipeline.domain.statistics.kappa import cohen_kappa
from judge_pipeline.domain.statistics.krippendorff import krippendorff_alpha
from judge_pipeline.domain.statistics.labels_needed import (
    LabelsNeeded,
    labels_for_estimate,
    labels_for_kappa,
    labels_for_share,
)
from judge_pipeline.domain.statistics.length_control import (
    ControlledWinRate,
    controlled_win_rate,
    count_differences,
    length_differences,
)
from judge_pipeline.domain.statistics.length_preference import longer_preferred
from judge_pipeline.domain.statistics.mcnemar_test import McNemar, mcnemar, mcnemar_of_counts
from judge_pipeline.domain.statistics.multiple_tests import holm
from judge_pipeline.domain.statistics.neyman import drawing_weights
from judge_pipeline.domain.statistics.order_swap import TwoOrderAccuracy, TwoOrders, two_order_accuracy, two_orders
from judge_pipeline.domain.statistics.own_scores import (
    Consistency,
    SelfConsistency,
    choice_consistency,
    self_consistency,
)
from judge_pipeline.domain.statistics.paired_difference import share_difference
from judge_pipeline.domain.statistics.paired_tests import (
    PairedTest,
    mean_difference,
    paired_t_test,
    sign_test,
    wilcoxon_signed_rank,
)
from judge_pipeline.domain.statistics.power import (
    Detectable,
    detectable_difference,
    detectable_win_rate,
    images_for_win_rate,
    win_rate_power,
)
from judge_pipeline.domain.statistics.prediction_powered import PredictionPowered, ppi_mean, ppi_win_rate
from judge_pipeline.domain.statistics.ranked_contestants import Ranked, Ranking, ranking
from judge_pipeline.domain.statistics.sampled_mean import sampled_mean, sampled_share
from judge_pipeline.domain.statistics.score_gap import AutoAccept, GapLevel, agreement_by_gap, auto_accept
from judge_pipeline.domain.statistics.share import Share, wilson_interval
from judge_pipeline.domain.statistics.strengths import BradleyTerry, bradley_terry
from judge_pipeline.domain.statistics.verdict import Verdict
from judge_pipeline.domain.statistics.win_rate import WinRates, ties_half_interval, win_rates

__all__ = [
    "CONFIDENCE",
    "MIN_CHOICES",
    "AgainstReviewer",
    "AltTest",
    "AutoAccept",
    "BradleyTerry",
    "Confusion",
    "Consistency",
    "ControlledWinRate",
    "Detectable",
    "Estimate",
    "GapLevel",
    "Interval",
    "LabelsNeeded",
    "McNemar",
    "PairedTest",
    "PredictionPowered",
    "Ranked",
    "Ranking",
    "ReviewerAgreement",
    "SelfConsistency",
    "Share",
    "TwoOrderAccuracy",
    "TwoOrders",
    "Verdict",
    "WinRates",
    "agreement_by_gap",
    "alt_test",
    "alt_test_of_counts",
    "at_every_look",
    "auto_accept",
    "bootstrap",
    "bradley_terry",
    "choice_consistency",
    "cohen_kappa",
    "confusion",
    "controlled_win_rate",
    "count_differences",
    "detectable_difference",
    "detectable_win_rate",
    "drawing_weights",
    "graded_predictions",
    "gwet_ac1",
    "gwet_ac2",
    "holm",
    "human_agreement",
    "images_for_win_rate",
    "is_higher_at_every_look",
    "krippendorff_alpha",
    "labels_for_estimate",
    "labels_for_kappa",
    "labels_for_share",
    "length_differences",
    "longer_preferred",
    "lowest_share_at_every_look",
    "mcnemar",
    "mcnemar_of_counts",
    "mean_difference",
    "paired_t_test",
    "ppi_mean",
    "ppi_win_rate",
    "ranking",
    "raw_agreement",
    "reviewer_agreement",
    "sampled_mean",
    "sampled_share",
    "self_consistency",
    "share_at_every_look",
    "share_difference",
    "sign_test",
    "ties_half_interval",
    "two_order_accuracy",
    "two_orders",
    "wilcoxon_signed_rank",
    "wilson_interval",
    "win_rate_at_every_look",
    "win_rate_power",
    "win_rates",
]
