"""Many checks: so many side by side, each repeated, copied and tried again as it asks; their results in order.

A signal ends all connections politely; what is done is reported, all else is skipped. Knows no report.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from wsinspect.checking.keeper import Keeper
from wsinspect.checking.prepared import Prepared, Running, Watcher
from wsinspect.checking.recorder import make_folder
from wsinspect.checking.runner import Run, internal
from wsinspect.checking.tries import SideBySide, Tries
from wsinspect.checks.masking import masked
from wsinspect.checks.result import CheckResult, Fault, Outcome, Results, RunResult, StepResult
from wsinspect.errors import Exit, InspectError
from wsinspect.events import Moment
from wsinspect.open_files import room_for
from wsinspect.target import parse_target
from wsinspect.term.signals import heeding

OPENING_AT_ONCE = 50
"""So many checks open their connections in the same moment. Of a hundred, a listener's queue drops some (Python's holds
so many), and each waits for our work on all others, which its limits in time would count against the server."""

LEFT_OUT = "not run: an earlier check was not passed"
CUT_SHORT = "not finished: the run was stopped"
NOT_BEGUN = "not run: the run was stopped"


async def run_checks(
    prepared: Sequence[Prepared], running: Running, clock: Callable[[], Moment], watcher: Watcher
) -> Results:
    """Run all checks and return their results, in order; a signal shows in `Results.stopped`.

    Raises:
        InspectError: the folder for recordings cannot be made.
    """
    return await Jobs(prepared, running, clock, watcher).run()


@asynccontextmanager
async def addressed(prepared: Sequence[Prepared], clock: Callable[[], Moment]) -> AsyncIterator[list[Prepared]]:
    """Yield the checks with all their addresses; where some ask for it, the embedded endpoint runs meanwhile."""
    if not any(one.demos for one in prepared):
        yield list(prepared)
        return
    # What serves is loaded when there is somebody to be served.
    from wsinspect.net.demo import echoes, play
    from wsinspect.net.server import listening

    async with listening(play, clock, echoes=echoes) as url:

        def placed(one: Prepared) -> Prepared:
            links = dict(one.links)
            for name, path in one.demos.items():
                target = parse_target(url + path)._replace(userinfo=links[name].target.userinfo)
                links[name] = links[name]._replace(target=target)
            return one._replace(links=links)

        yield [placed(one) if one.demos else one for one in prepared]


class Jobs:
    """The checks of a command at work."""

    def __init__(
        self, prepared: Sequence[Prepared], running: Running, clock: Callable[[], Moment], watcher: Watcher
    ) -> None:
        self._prepared = list(prepared)
        self._running = running
        self._clock = clock
        self._watcher = watcher
        self._waiting = iter(range(len(prepared)))
        self._results: dict[int, CheckResult] = {}
        self._runs: set[Run] = set()
        self._failed_fast = False
        self._halted = asyncio.Event()
        """Nothing more is to be begun, and what runs is to end."""

        self._room = 0
        """So many files may be open for all of them."""

        self._turns = asyncio.Semaphore(OPENING_AT_ONCE)
        self._signal: Exit | None = None
        self._watch_fault: Exception | None = None
        self._strays: list[str] = []

    async def run(self) -> Results:
        """Run all checks."""
        began = self._clock()
        if self._running.recordings is not None:
            make_folder(self._running.recordings)
        asyncio.get_running_loop().set_exception_handler(self._stray)
        self._look(lambda: self._watcher.began(tuple([one.check for one in self._prepared])))
        with heeding(self._signalled):
            count = self._fitting(min(max(1, self._running.jobs), len(self._prepared)))
            async with addressed(self._prepared, self._clock) as self._prepared:
                workers = [asyncio.create_task(self._work()) for _ in range(count)]
                try:
                    await asyncio.gather(*workers)
                finally:
                    # Where we are cancelled, each ends first what it has open.
                    for worker in workers:
                        worker.cancel()
                    await asyncio.gather(*workers, return_exceptions=True)
        for index in range(len(self._prepared)):
            if index not in self._results:
                self._tell(index, self._skipped(index, NOT_BEGUN if self._halted.is_set() else LEFT_OUT))
        if self._watch_fault is not None:
            raise self._watch_fault
        results = tuple([self._results[index] for index in range(len(self._prepared))])
        stopped = self._signal or (Exit.INTERNAL if self._strays else None)
        return Results(results, self._clock().mono - began.mono, began.wall, stopped, tuple(self._strays))

    async def _work(self) -> None:
        """Run one check after the other, as long as there are some."""
        for index in self._waiting:
            if self._halted.is_set() or self._failed_fast:
                return
            began = self._clock()
            try:
                result = await self._check(index, began)
            except Exception as fault:
                result = self._faulty(index, began, fault)
            self._failed_fast |= self._running.fail_fast and result.outcome is not Outcome.PASSED
            self._tell(index, result)

    async def _check(self, index: int, began: Moment) -> CheckResult:
        """Run a check until it is passed, or was tried often enough."""
        prepared = self._prepared[index]
        check = prepared.check
        if (opens := self._opens(prepared)) > self._room:
            raise InspectError(
                f"the check would have {opens:,} files and sockets open, but this process may open {self._room:,}",
                hint="raise the limit, as `ulimit -n` does, or have fewer connections side by side",
            )
        keeper = Keeper(prepared, self._running)
        attempts, tries = 0, Tries()
        while not self._halted.is_set():
            self._look(lambda: self._watcher.started(index))
            latest = await self._attempt(index, prepared, keeper)
            if latest.told is None:
                break
            attempts, tries = attempts + 1, latest
            if not tries.failed or tries.hopeless or attempts > check.retry.times:
                break
            await self._pause(check.retry.delay_s)
        if tries.told is None:
            return self._skipped(index, CUT_SHORT, began, keeper)
        return keeper.result(tries, attempts, began, self._clock().mono - began.mono - keeper.waited_s)

    async def _attempt(self, index: int, prepared: Prepared, keeper: Keeper) -> Tries:
        """Run a check as often as it is to be repeated, in as many copies as it wants."""
        check, tries = prepared.check, Tries()
        for _ in range(check.repeat):
            copies = SideBySide(check.copies, lambda done: self._look(lambda: self._watcher.stepped(index, done)))
            runs = [
                Run(prepared, self._clock, stepped=copies.of(number), recorder=keeper.recorder, turn=self._turns)
                for number in range(check.copies)
            ]
            results = await self._together(runs)
            keeper.waited_s += min([run.waited_s for run in runs])
            for run, result in zip(runs, results, strict=True):
                keeper.keep(run, result)
                if not run.stopped:
                    tries.add(result)
            if self._halted.is_set() or tries.prevented or (tries.failed and self._running.fail_fast):
                break
        return tries

    async def _together(self, runs: Sequence[Run]) -> list[RunResult]:
        """Have runs side by side."""
        self._runs.update(runs)
        tasks = [asyncio.create_task(run.run()) for run in runs[1:]]
        try:
            return [await runs[0].run(), *await asyncio.gather(*tasks)]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._runs.difference_update(runs)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._halted.wait(), seconds)
        except TimeoutError:
            pass

    # What is told.

    def _tell(self, index: int, result: CheckResult) -> None:
        self._results[index] = result
        self._look(lambda: self._watcher.ended(index, result))

    def _look(self, tell: Callable[[], None]) -> None:
        """Tell the watcher something; one that fails, since its output is gone, ends the run."""
        if self._watch_fault is None:
            try:
                tell()
            except Exception as fault:
                self._watch_fault = fault
                self._halt()

    def _skipped(self, index: int, why: str, began: Moment | None = None, keeper: Keeper | None = None) -> CheckResult:
        check = self._prepared[index].check
        steps = [StepResult(step.number, step.told, Outcome.SKIPPED, 0.0, step.on, step.place) for step in check.steps]
        result = CheckResult(check.name, check.place, Outcome.SKIPPED, 0.0, tuple(steps), runs=0, notes=(why,))
        if began is not None:
            result = result._replace(began=began.wall, seconds=self._clock().mono - began.mono)
        if keeper is not None:
            result = result._replace(recordings=tuple(keeper.recordings))
        return masked(result, check.secrets)

    def _faulty(self, index: int, began: Moment, fault: Exception) -> CheckResult:
        """Return what a check comes to where it could not even be run."""
        told = internal(fault)
        if isinstance(fault, InspectError):
            told = Fault(fault.exit, fault.message, fault.hint)
        result = self._skipped(index, "", began)._replace(outcome=Outcome.ERROR, fault=told, notes=())
        return masked(result, self._prepared[index].check.secrets)

    # What ends it.

    def _signalled(self, exit: Exit) -> None:
        """End all connections politely; at the second signal, drop them."""
        self._signal = self._signal or exit
        self._halt()

    def _halt(self) -> None:
        self._halted.set()
        for run in self._runs:
            run.stop()

    def _stray(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """A callback raised that belongs to no check. What the network does shows elsewhere."""
        fault = context.get("exception")
        if isinstance(fault, Exception) and not isinstance(fault, OSError):
            self._strays.append(internal(fault).sentence)

    def _fitting(self, jobs: int) -> int:
        """Return how many checks can run side by side with the files that may be open; one can try in any case."""
        each = sorted([self._opens(one) for one in self._prepared], reverse=True)
        self._room = room_for(sum(each[:jobs]))
        while jobs > 1 and sum(each[:jobs]) > self._room:
            jobs -= 1
        return jobs

    def _opens(self, prepared: Prepared) -> int:
        """Return how many files a check has open at once: sockets, those of the embedded endpoint, and recordings."""
        recorded = len(prepared.links) if self._running.recordings is not None else 0
        return prepared.check.copies * (len(prepared.links) + len(prepared.demos) + recorded)
