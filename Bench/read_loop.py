"""How many DLLPs go between the completions of reads: the loop from request to completion to the next request, stepped
once through all completions.

Times are nanoseconds. Both ends of a link work at edges of their clock; wire time is continuous.
"""

import math
from dataclasses import dataclass

EDGE = 4.0
# One way, without the packet's own time on the wire.
PROPAGATION = 100.0
# From the edge at which a request has arrived to the first byte of its answer: 300 ns of host memory, and a cycle on
# either side of it.
ANSWER = 300 + 2 * EDGE
# From the edge at which the last completion of a request has arrived to the first byte of the next request.
TURN = 6 * EDGE
# From the arrival of a request to the note that its credits are free again.
FREED = 2 * EDGE


def edge_at_or_after(time: float) -> float:
    return math.ceil(time / EDGE - 1e-9) * EDGE


def edge_at_or_before(time: float) -> float:
    return math.floor(time / EDGE + 1e-9) * EDGE


@dataclass
class ReadLoop:
    requests: int
    tags: int
    # Of one request.
    completions: int
    # On the wire.
    request_time: float
    completion_time: float
    dllp_time: float
    # The limit of 3.6.3.1 and 2.6.1.2, for Acks and UpdateFCs.
    limit: float

    def dllps(self) -> int:
        """DLLPs between the first and the last completion."""
        self._up_free, self._arrivals = 0.0, []
        for index in range(min(self.requests, self.tags)):
            self._ask(index * EDGE)
        limit = edge_at_or_after(self.limit)
        free, sent, completed = 0.0, 0, 0
        acknowledged, updated = 0, 0
        while completed < self.requests * self.completions:
            edge = edge_at_or_before(free)
            ready = max(edge, self._arrivals[completed // self.completions] + ANSWER)
            ack_due = self._arrival(acknowledged) + limit
            update_due = self._arrival(updated) + FREED + limit
            # What is due goes first, and covers everything that has come (3.6.2.1).
            if min(ack_due, update_due) <= ready:
                at = max(edge, min(ack_due, update_due))
                if ack_due <= update_due:
                    acknowledged = self._first_after(at, acknowledged)
                else:
                    updated = self._first_after(at - FREED, updated)
                free = max(free, at) + self.dllp_time
                sent += completed > 0
            else:
                free = max(free, ready) + self.completion_time
                completed += 1
                if completed % self.completions == 0 and len(self._arrivals) < self.requests:
                    self._ask(edge_at_or_after(free + PROPAGATION) + TURN)
        return sent

    def _ask(self, time: float) -> None:
        self._up_free = max(self._up_free, time) + self.request_time
        self._arrivals.append(edge_at_or_after(self._up_free + PROPAGATION))

    def _arrival(self, request: int) -> float:
        return self._arrivals[request] if request < len(self._arrivals) else math.inf

    def _first_after(self, time: float, request: int) -> int:
        while self._arrival(request) <= time:
            request += 1
        return request
