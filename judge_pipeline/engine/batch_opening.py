"""Opening a batch: its models are checked, and who works on the project is read, before the first model call."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from judge_pipeline.domain.answer_codec.form_warnings import form_warnings
from judge_pipeline.encord_project.connection import ENCORD_CALLS_AT_ONCE
from judge_pipeline.engine.batch_context import BatchContext
from judge_pipeline.engine.batched_store import BatchedStore
from judge_pipeline.engine.interruption import run_coroutine
from judge_pipeline.engine.leased_rows import LeasedRows
from judge_pipeline.engine.project_claim import ProjectClaim, opened_claim
from judge_pipeline.engine.question_notes import run_notes
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.engine.run_identity import RunIdentity
from judge_pipeline.engine.shared_budget import shared_budget
from judge_pipeline.engine.tag_stopped import raise_first
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.store.store import ProjectStore

DOWNLOADS_AT_ONCE = 8
"""Image downloads at the same time. They have their own threads, so that calls to Encord do not queue behind a hundred of them."""


@asynccontextmanager
async def open_batch(
    pipeline: PipelineResources,
    rows: LeasedRows,
    store: ProjectStore,
    spending_limits: SpendingLimits,
    *,
    run: RunIdentity,
    reopen: bool,
    take_over: bool,
    warn: Callable[[str], None],
) -> AsyncIterator[tuple[BatchContext, ProjectClaim]]:
    """Opens and checks the models unless, as it seems, all that is left is to move rows; meanwhile reads who works on the project.

    With `reopen`, images that a person has finished are included. The models share the `spending_limits`,
    and with other runs those of the endpoints.

    Raises:
        EncordUnusable, OntologyMismatch, EndpointUnusable: the batch cannot start; no model was called and nothing written.
    """
    async with AsyncExitStack() as stack:
        encord_threads = stack.enter_context(ThreadPoolExecutor(ENCORD_CALLS_AT_ONCE, thread_name_prefix="encord"))
        download_threads = stack.enter_context(ThreadPoolExecutor(DOWNLOADS_AT_ONCE, thread_name_prefix="downloads"))
        image_threads = stack.enter_context(ThreadPoolExecutor(2, thread_name_prefix="images"))
        ended = threading.Event()
        stack.callback(ended.set)  # before the threads are joined: none of them waits for a rate limit any longer
        rows.project.check_active()
        judge_ontology = pipeline.titles.roles_in(rows.project.ontology)
        client = partial(
            ModelClient,
            spending_limits=spending_limits,
            retry_policy=pipeline.retry_policy,
            outage_seconds=pipeline.outage_seconds,
        )

        async def open_models(batch: BatchContext) -> None:
            if batch.judges:
                return
            clients = {
                captioner: await stack.enter_async_context(client(endpoint))
                for captioner, endpoint in pipeline.captioners.items()
            }
            judges = tuple([await stack.enter_async_context(client(judge)) for judge in pipeline.judges])
            models = (*clients.values(), *judges)
            batch.shared_budget = await stack.enter_async_context(
                shared_budget(store, run, spending_limits, models, pipeline.budget)
            )
            with_server = [model for model in models if model.endpoint.mode != "offline"]
            remarks = await _check(with_server, waits=True)
            endpoints = [model.endpoint for model in models]
            batch.notes = await stack.enter_async_context(
                run_notes(
                    store,
                    run,
                    endpoints,
                    spending_limits,
                    pipeline.batch_folder,
                    pipeline.retry_policy,
                    warn=remarks.append,
                )
            )
            batch.model_remarks, batch.captioners, batch.judges = remarks, clients, judges

        batch = BatchContext(
            pipeline=pipeline,
            project=rows.project,
            own_rows=rows.own_rows,
            snapshot=rows.snapshot,
            snapshot_at=rows.read_at,
            judge_ontology=judge_ontology,
            open_models=open_models,
            store=store,
            batched_store=BatchedStore(store),
            encord_threads=encord_threads,
            download_threads=download_threads,
            image_threads=image_threads,
            reopen=reopen,
            ended=ended,
            spending_limits=spending_limits,
        )
        stack.push_async_callback(batch.batched_store.finish)
        claiming = asyncio.create_task(opened_claim(batch, rows.plan.to_make, take_over=take_over, warn=warn))
        warning = asyncio.create_task(asyncio.to_thread(form_warnings, judge_ontology))
        opening = [open_models(batch)] if rows.plan.making else []
        raise_first(await asyncio.gather(*opening, claiming, warning, return_exceptions=True))
        for finding in warning.result():
            warn(finding)
        yield batch, claiming.result()


def check_models(pipeline: PipelineResources) -> list[str]:
    """Checks, free of charge, that each endpoint can be reached and lists its model; returns what could not be checked.

    Raises:
        EndpointUnusable: one of them cannot be used, or the spending limits cannot be enforced with them.
    """
    pipeline.spending_limits()

    async def check() -> list[str]:
        async with AsyncExitStack() as stack:
            with_server = [endpoint for endpoint in pipeline.endpoints if endpoint.mode != "offline"]
            clients = [await stack.enter_async_context(ModelClient(endpoint)) for endpoint in with_server]
            return await _check(clients)

    return run_coroutine(check())


async def _check(clients: Iterable[ModelClient], *, waits: bool = False) -> list[str]:
    remarks = []
    checks = (client.check(waits=waits) for client in clients)
    for result in await asyncio.gather(*checks, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
        remarks.append(result)
    return [remark for remark in remarks if remark]
