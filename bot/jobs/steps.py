"""What a job does with the engine: recording steps, and starting the jobs that follow.

Each is done once, however often the job is rerun after a crash. Jobs that people wait for are saved outside
of jobs, by the `Enqueuer`.
"""

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID, StepOptions, WorkflowStatus

from bot.jobs.contract import CALLS, Json
from bot.jobs.queued_call import QueuedCall
from bot.models import Saved

P = ParamSpec("P")
R = TypeVar("R")
Workflow = Callable[[Json], Coroutine[object, object, object]]


async def recorded(
    name: str, work: Callable[P, Coroutine[object, object, R]], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Do something and record its result: after a crash, it is read back instead of done again."""
    return await DBOS.run_step_async(StepOptions(name=name), work, *args, **kwargs)


async def start(workflow: Workflow, payload: Saved, *, job_id: str) -> None:
    """Start a job in this process at once; the first one with its id holds."""
    with SetWorkflowID(job_id):
        await DBOS.start_workflow_async(workflow, payload.model_dump(mode="json"))


async def enqueue(
    workflow: Workflow,
    payload: Saved,
    *,
    job_id: str,
    queue: str,
    delay: float = 0,
    priority: int | None = None,
) -> None:
    """Enqueue a job for any process, to start in `delay` seconds; the first one with its id holds."""
    with SetWorkflowID(job_id), SetEnqueueOptions(delay_seconds=delay or None, priority=priority):
        await DBOS.enqueue_workflow_async(queue, workflow, payload.model_dump(mode="json"))


async def enqueue_call(workflow: Workflow, call: QueuedCall) -> None:
    """Enqueue a call to Kore.ai for any process; the first one with its id holds."""
    await enqueue(workflow, call, job_id=call.job_id, queue=CALLS, delay=call.pause, priority=call.priority)


def payload_of(job: WorkflowStatus | None) -> Any:  # noqa: ANN401 - the reader validates it
    """Return a stored job's payload; None if there is no such job, or its input wasn't loaded."""
    return job.input["args"][0] if job and job.input else None


async def read_job_payload(job_id: str) -> Any:  # noqa: ANN401 - the reader validates it
    """Read a job's payload; None if the job isn't in the store. Raises `EngineError`."""
    return payload_of(await DBOS.get_workflow_status_async(job_id))


async def read_job_steps(job_id: str) -> Json:
    """Read what a job has recorded, by step name. Raises `EngineError`."""
    steps = await DBOS.list_workflow_steps_async(job_id)
    return {each["function_name"]: each["output"] for each in steps if each["output"] is not None}
