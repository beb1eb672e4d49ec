"""The answers to exported batches, read from files that `vllm run-batch` or the like has written, in any order."""

import socket
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from judge_pipeline.engine.model_batches.collection import by_endpoint, unconfigured
from judge_pipeline.engine.model_batches.collector import LineCollector
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.model_batches.answer_lines import read_line
from judge_pipeline.store.model_batches import ModelBatch, ModelBatchState
from judge_pipeline.store.store import ProjectStore


@dataclass(slots=True)
class Imported:
    """What the files have brought. `batches` are as they are now; `missing` counts their questions that still have no line.

    `unknown` lines are about no question that is out: another project's, or one that was answered before. `doubled` ones repeat
    another line of these files, `unreadable` ones are not JSON of a line's form.
    """

    batches: list[ModelBatch] = field(default_factory=list)
    missing: dict[str, int] = field(default_factory=dict)
    unknown: int = 0
    doubled: int = 0
    unreadable: int = 0
    problems: list[str] = field(default_factory=list)


def import_answers(store: ProjectStore, endpoints: Collection[Endpoint], files: Iterable[Path]) -> Imported:
    """Saves the outcomes in these files, in chunks; may be repeated. A batch is collected once each of its questions has a line.

    Raises:
        OSError: a file cannot be read; what was read before is saved. StoreError: the store cannot be used.
    """
    imported, collectors = Imported(), dict[str, LineCollector]()
    exported = [batch for batch in store.model_batches.unfinished() if batch.state is ModelBatchState.EXPORTED]
    batch_of: dict[str, str] = {}
    for endpoint, batches in by_endpoint(exported, endpoints):
        if endpoint is None:
            imported.problems += [unconfigured(batch) for batch in batches]
            continue
        for batch in batches:
            collectors[batch.uuid] = LineCollector(store.model_batches, batch, endpoint)
            batch_of |= dict.fromkeys(store.model_batches.outstanding(batch.uuid), batch.uuid)
    try:
        seen: set[str] = set()
        for line in _lines(files):
            read = read_line(line)
            if read is None:
                imported.unreadable += 1
            elif read.id in seen:
                imported.doubled += 1
            elif (uuid := batch_of.get(read.id)) is None:
                imported.unknown += 1
            else:
                if collectors[uuid].add(line):
                    collectors[uuid].flush()
                seen.add(read.id)
    finally:
        for collector in collectors.values():
            collector.flush()
    for uuid in collectors:
        if missing := len(store.model_batches.outstanding(uuid)):
            imported.missing[uuid] = missing
        else:
            store.model_batches.collected(uuid)
        if now := store.model_batches.find(uuid):
            imported.batches.append(now)
            if now.state is ModelBatchState.COLLECTED and now.host == socket.gethostname():
                Path(now.spool).unlink(missing_ok=True)
    return imported


def _lines(files: Iterable[Path]) -> Iterator[bytes]:
    for file in files:
        with file.open("rb") as opened:
            yield from (stripped for line in opened if (stripped := line.strip()))
