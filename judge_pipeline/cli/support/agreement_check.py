"""The check of `doctor` that says what is missing before the judge's decisions may be exported."""

from judge_pipeline.cli.support.findings import Finding, Result
from judge_pipeline.engine.read_report import read_report
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.export_gate import advice, describe_kappa, export_block_reason, judge_people_kappa

CHECK = "Agreement"


def agreement_finding(pipeline: PipelineResources) -> Finding | None:
    """Whether the judge agrees with people as JUDGE_PIPELINE_MIN_KAPPA requires; None without the setting."""
    minimum = pipeline.min_kappa
    if minimum is None:
        return None
    with pipeline.open_store() as store:
        kappa = judge_people_kappa(read_report(pipeline, store).opinions)
    found = f"JUDGE_PIPELINE_MIN_KAPPA is {minimum:g}; {describe_kappa(kappa)}"
    if export_block_reason(kappa, min_kappa=minimum) is None:
        return Finding(CHECK, Result.OK, f"{found}; exports are allowed")
    return Finding(CHECK, Result.NOT_CHECKED, f"{found}; exports are blocked", (advice(kappa, min_kappa=minimum),))
