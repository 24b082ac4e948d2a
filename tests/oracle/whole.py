"""The slow twin with all that is written for it."""

from collections import Counter

from .events import Events
from .oracle import Oracle
from .staged import Staged


class WholeOracle(Events, Staged, Oracle):
    """events: of section 10. options: of the strategy's parts, by name. hours_table: of ``by_hand``, rows of school
    ("school" or "district/school"), year (1 = first) and hours. networks: that a scenario names, see cycles.py.
    happened: how often what, for tests that must see something happen."""

    def __init__(
        self,
        *,
        events=(),
        options=None,
        hours_table=(),
        networks=None,
        district_part=None,
        staffing_part=None,
        **given,
    ):
        self.happened = Counter()
        self.events = list(events)
        self.options = dict(options or {})
        self.hours_table = list(hours_table)
        self.networks = networks
        self.district_part = district_part or self.district_part
        self.staffing_part = staffing_part or self.staffing_part
        super().__init__(**given)
