"""A graph with what is known of its inputs, and what has been looked up of its nodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from mcarbon.engine.graph import Graph
from mcarbon.engine.replay import cells_under, replay
from mcarbon.moments.extremes import growth
from mcarbon.moments.marginals import Marginals
from mcarbon.moments.nearness import Nearness, nearness


@dataclass(frozen=True)
class Ground:
    """A graph with what is known of its inputs, and what has been looked up of its nodes."""

    graph: Graph
    marginals: Marginals
    _near: dict[tuple[int, bool], Nearness] = field(default_factory=dict)
    _growths: dict[tuple[int, float, bool], float] = field(default_factory=dict)

    def nearness(self, node: int, straddles: bool) -> Nearness:
        """See `mcarbon.moments.nearness.nearness`."""
        if (node, straddles) not in self._near:
            self._near[node, straddles] = nearness(self.graph, self.marginals, node, straddles)
        return self._near[node, straddles]

    def growth(self, node: int, probability: float, upward: bool) -> float:
        """See `mcarbon.moments.extremes.growth`."""
        if (node, probability, upward) not in self._growths:
            self._growths[node, probability, upward] = growth(self.graph, self.marginals, node, probability, upward)
        return self._growths[node, probability, upward]

    def is_ever_other_than_zero(self, node: int) -> bool:
        """Whether some draw of the node is not 0."""
        draws = self.marginals.draws(cells_under(self.graph, node))
        return bool((replay(self.graph, draws, node)[0] != 0).any())
