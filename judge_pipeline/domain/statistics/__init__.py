"""Statistics of paired comparisons and of judges, as plain functions over columns: lists, arrays, DataFrame columns.

A row is an image. None and NaN are missing; a tie, an answer that is not available and a failure are each a state of
their own (`Verdict`). Whatever cannot be told is None, and `undefined` beside it says why; nothing is ever 1.0 for want
of data. All intervals are of 95% unless `confidence` says otherwise.

Values
    Interval                from low to high
    Estimate                a value, its interval, from how many images, or why it is undefined
    Share                   a count of a total, with Wilson's interval
    Verdict                 what was said of one pair: first, second, tie, not available, failed, missing

Which is better
    wilson_interval         the interval of a share
    win_rates               wins, losses, ties and the three states without an opinion; shares with intervals
    ties_half_interval      the score interval of a win rate in which ties count half
    sign_test               are the first scores higher? by order alone, exact
    wilcoxon_signed_rank    the same by ranks of the differences, zeros named
    paired_t_test           the same by their mean
    mean_difference         the mean of the paired differences, with its interval
    ppi_win_rate            PPI++: the win rate in people's eyes, from few labels of people and the judge's on all
    ppi_mean                PPI++ for any mean
    bradley_terry           strengths of two or more contestants, ties included
    bootstrap               an interval over images for any other statistic

How far to trust a judge
    confusion               the table of two raters
    raw_agreement           the share of equal labels
    cohen_kappa             agreement beyond chance, plain or weighted
    gwet_ac1, gwet_ac2      the same for two or more raters, steady where nearly all labels are alike
    krippendorff_alpha      the same for any number of raters with gaps: names, ranks or distances
    agreement_by_gap        agreement where the judge's scores lie this far apart
    auto_accept             the smallest gap from which on the judge's choice may stand unseen
    self_consistency        how often the choice follows from the judge's own scores
    choice_consistency      the same, image by image

What sways it
    two_orders              consistency when the captions change places, and which place is preferred
    two_order_accuracy      agreement with people in either order and in both
    mcnemar                 is the one yes-or-no answer given more often than the other? also mcnemar_of_counts
    longer_preferred        how often the longer caption is chosen

How many more labels
    labels_for_share        until a share's interval is as narrow as wanted
    labels_for_kappa        until kappa's is
    labels_for_estimate     until any other interval is, roughly
    images_for_win_rate     until a win rate this far from one half is likely to be seen
    win_rate_power          how likely that is with so many images
"""

from judge_pipeline.domain.statistics.bootstrap_over_images import bootstrap
from judge_pipeline.domain.statistics.confusion_table import Confusion, confusion, raw_agreement
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval
from judge_pipeline.domain.statistics.gwet import gwet_ac1, gwet_ac2
from judge_pipeline.domain.statistics.kappa import cohen_kappa
from judge_pipeline.domain.statistics.krippendorff import krippendorff_alpha
from judge_pipeline.domain.statistics.labels_needed import (
    LabelsNeeded,
    labels_for_estimate,
    labels_for_kappa,
    labels_for_share,
)
from judge_pipeline.domain.statistics.length_preference import longer_preferred
from judge_pipeline.domain.statistics.mcnemar_test import McNemar, mcnemar, mcnemar_of_counts
from judge_pipeline.domain.statistics.order_swap import TwoOrderAccuracy, TwoOrders, two_order_accuracy, two_orders
from judge_pipeline.domain.statistics.own_scores import (
    Consistency,
    SelfConsistency,
    choice_consistency,
    self_consistency,
)
from judge_pipeline.domain.statistics.paired_tests import (
    PairedTest,
    mean_difference,
    paired_t_test,
    sign_test,
    wilcoxon_signed_rank,
)
from judge_pipeline.domain.statistics.power import images_for_win_rate, win_rate_power
from judge_pipeline.domain.statistics.prediction_powered import PredictionPowered, ppi_mean, ppi_win_rate
from judge_pipeline.domain.statistics.score_gap import AutoAccept, GapLevel, agreement_by_gap, auto_accept
from judge_pipeline.domain.statistics.share import Share, wilson_interval
from judge_pipeline.domain.statistics.strengths import BradleyTerry, bradley_terry
from judge_pipeline.domain.statistics.verdict import Verdict
from judge_pipeline.domain.statistics.win_rate import WinRates, ties_half_interval, win_rates

__all__ = [
    "CONFIDENCE",
    "AutoAccept",
    "BradleyTerry",
    "Confusion",
    "Consistency",
    "Estimate",
    "GapLevel",
    "Interval",
    "LabelsNeeded",
    "McNemar",
    "PairedTest",
    "PredictionPowered",
    "SelfConsistency",
    "Share",
    "TwoOrderAccuracy",
    "TwoOrders",
    "Verdict",
    "WinRates",
    "agreement_by_gap",
    "auto_accept",
    "bootstrap",
    "bradley_terry",
    "choice_consistency",
    "cohen_kappa",
    "confusion",
    "gwet_ac1",
    "gwet_ac2",
    "images_for_win_rate",
    "krippendorff_alpha",
    "labels_for_estimate",
    "labels_for_kappa",
    "labels_for_share",
    "longer_preferred",
    "mcnemar",
    "mcnemar_of_counts",
    "mean_difference",
    "paired_t_test",
    "ppi_mean",
    "ppi_win_rate",
    "raw_agreement",
    "self_consistency",
    "sign_test",
    "ties_half_interval",
    "two_order_accuracy",
    "two_orders",
    "wilcoxon_signed_rank",
    "wilson_interval",
    "win_rate_power",
    "win_rates",
]
