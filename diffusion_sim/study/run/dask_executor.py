"""A dask cluster as the place where tasks run: optional, ``pip install 'diffusion-sim[cluster]'``."""

from __future__ import annotations

import time
from typing import Any

from diffusion_sim.errors import StudyError
from diffusion_sim.study.run.executors import Given

_PATIENCE = 15  # seconds for the scheduler to answer
_COUNT = 2.0  # seconds for which the number of workers is taken as known


def connect(address: str) -> Dask:
    """The cluster whose scheduler is at ``address``, for example tcp://10.0.0.1:8786. Raises StudyError."""
    try:
        from distributed import Client
    except ImportError:
        raise StudyError(
            f"dask {address}: the library is not installed; pip install 'diffusion-sim[cluster]'"
        ) from None
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise StudyError(f"dask {address}: no scheduler answers ({type(error).__name__}: {error})") from None
    return Dask(client, own=True)


class Dask(Given):
    """A dask client. The cluster itself runs a task again whose worker died, and gives it up after some times."""

    tries = 1

    def __init__(self, client: Any, own: bool = False) -> None:
        super().__init__(client.get_executor(pure=False))
        self.client = client
        self._own = own
        self._counted, self._threads = -_COUNT, 0

    @property
    def workers(self) -> int:
        """Threads of the cluster's workers at present; 1 while it has none yet."""
        now = time.monotonic()
        if now - self._counted >= _COUNT:
            self._counted = now
            try:
                self._threads = sum(self.client.nthreads().values())
            except Exception:  # it does not answer at the moment; what is under way will tell
                pass
        return max(1, self._threads)

    @property
    def waiting_for_workers(self) -> bool:
        """True while the cluster has no worker."""
        return self.workers == 1 and self._threads == 0

    def close(self) -> None:
        """Leave the cluster, where this opened the connection."""
        if self._own:
            self.client.close()
