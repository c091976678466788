"""Who gets the limit? Filling and moving up, in the order of deliveries."""

from heapq import heappop, heappush

from . import codes
from .money import DUST, ZERO
from .terms import AT_SHIPMENT

ALL = "all"
CONSENTED = "consented"


class CoverPool:
    """Cover of all items of a buyer against one limit (section 4.4.6).

    Items wait in two queues by (delivery date, sequence): all of them, and those
    with the insurer's consent, which may be filled during a stop. An item leaves a
    queue when nothing of it is uncovered; nothing but a returned payment can bring
    it back, so that a replay touches each item a few times only.

    :param terms: CoverTerms
    :param on_cover: called with (line, amount) after cover is taken
    """

    def __init__(self, terms, on_cover):
        self._revolving = terms.overlimit != AT_SHIPMENT
        self._on_cover = on_cover
        self._queues = {ALL: [], CONSENTED: []}
        self.total = ZERO

    def admit(self, line):
        """Let an eligible item queue for cover from now on."""
        self._push(ALL, line)
        if line.item.insurer_consent:
            self._push(CONSENTED, line)

    def changed(self, line, covered_before):
        """Take notice that a receipt changed the cover of an item."""
        self.total += line.covered - covered_before

    def fill(self, limit, only_consented):
        """Give the free part of the limit to the items that queue for it.

        :param limit: Decimal, limit of the day
        :param only_consented: True during a stop of cover
        Source: section 4.4.6; a negative room takes and uncovers nothing.
        """
        name = CONSENTED if only_consented else ALL
        queue = self._queues[name]
        room = limit - self.total
        while queue and room > DUST:
            line = queue[0][1]
            room -= self._take(line, room)
            if line.gap > DUST:
                break
            heappop(queue)
            line.in_queue.discard(name)

    def end_of_day(self):
        """Close the day: without moving up, who got nothing today never will."""
        if not self._revolving:
            for name, queue in self._queues.items():
                for _key, line in queue:
                    line.in_queue.discard(name)
                queue.clear()

    def _take(self, line, room):
        amount = min(line.gap, room)
        if amount <= DUST:
            return ZERO
        before = line.covered
        line.covered += amount
        line.settle()
        self.total += line.covered - before
        self._on_cover(line, amount)
        return amount

    def _push(self, name, line):
        if name not in line.in_queue:
            line.in_queue.add(name)
            heappush(self._queues[name], ((line.day, line.seq), line))


def fill_snapshot(lines, limit):
    """Cover the oldest items up to the limit, whatever happened before.

    :param lines: eligible Lines that are let in
    :param limit: Decimal, limit of the day
    Source: section 4.4, ``snapshot`` mode, only for wordings that say so.
    """
    room = limit
    for line in sorted(lines, key=lambda other: (other.day, other.seq)):
        line.covered = max(ZERO, min(line.coverable, room))
        room -= line.covered


def freeze_reasons(state, events, is_stopped, day):
    """Return the codes of what keeps items from getting cover on a day.

    :param state: LimitState of the day
    :param events: Events of the buyer
    :param is_stopped: bool, cover is stopped by an old unpaid item
    :return: tuple of FROZEN codes; FROZEN_STOP alone spares consented items
    Source: section 4.4.6.
    """
    reasons = []
    if state.row is None or state.amount <= 0:
        withdrawn = state.status == codes.LIMIT_WITHDRAWN
        reasons.append(codes.FROZEN_WITHDRAWN if withdrawn else codes.FROZEN_NO_LIMIT)
    names = {
        "insolvency": codes.FROZEN_INSOLVENCY,
        "hand_over": codes.FROZEN_HAND_OVER,
    }
    reasons.extend(names[name] for name in events.ended_before(day))
    if is_stopped:
        reasons.append(codes.FROZEN_STOP)
    return tuple(reasons)
