"""When a task falls due: an anchor date and a signed offset, in calendar or working
days, repeated or not.

Pure functions over dates. The planner expands them once for each task and day into a
small table of anchor dates, and the database joins its items with it; so the rules are
written down here and nowhere else.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
# What numbers the occurrences of tasks whose anchor comes again and again.
EPISODES_BEGIN = date(2000, 1, 1)
EPISODE_SIZE = 100  # more than the most repetitions of a task
MAX_REPEATS = EPISODE_SIZE - 1


@dataclass(frozen=True)
class WorkingDays:
    """The working days of a calendar in a span of days, both ends included."""

    first: date
    last: date
    days: tuple[date, ...]

    @classmethod
    def of(cls, first: date, last: date, days: Iterable[date]) -> "WorkingDays":
        """Make one from working days in any order; those outside do not count."""
        inside = {day for day in days if first <= day <= last}
        return cls(first, last, tuple(sorted(inside)))

    @classmethod
    def weekdays(cls, first: date, last: date) -> "WorkingDays":
        """The days from Monday to Friday, for a company without a calendar."""
        span = (first + DAY * number for number in range((last - first).days + 1))
        return cls.of(first, last, (day for day in span if day.weekday() < 5))

    def __contains__(self, day: date) -> bool:
        """Whether a day is a working day."""
        index = bisect_left(self.days, day)
        return index < len(self.days) and self.days[index] == day

    def add(self, day: date, count: int) -> date:
        """Return the day that is so many working days after (before) a day.

        Zero is the day itself, or the next working day when it is none. One is the
        first working day after it, minus one the last one before it.

        :raise ValueError: when the answer lies outside the span
        """
        if count > 0:
            index = bisect_right(self.days, day) + count - 1
        else:
            index = bisect_left(self.days, day) + count
        outside = not self.first <= day <= self.last
        if outside or not 0 <= index < len(self.days):
            raise ValueError("The calendar has not enough working days.")
        return self.days[index]


@dataclass(frozen=True)
class Due:
    """An anchor date for which something is due: which time it is, and when."""

    occurrence: int
    anchor: date
    planned: date


@dataclass(frozen=True)
class Schedule:
    """When a task falls due after (before, if negative) its anchor date.

    :param offset: days from the anchor to the first time
    :param every: days from one time to the next
    :param times: how many times at most
    :param catch_up: calendar days after its day on which it may still be done
    :param since, until: the days from and to which the task may fall due
    """

    offset: int = 0
    every: int = 0
    times: int = 1
    catch_up: int = 0
    since: date | None = None
    until: date | None = None

    def __post_init__(self):
        if self.catch_up < 0:
            raise ValueError("The days to catch up cannot be negative.")
        if not 1 <= self.times <= MAX_REPEATS:
            raise ValueError(f"A task comes 1 to {MAX_REPEATS} times.")
        if self.times > 1 and self.every < 1:
            raise ValueError("A task that comes again needs days in between.")

    def distance(self, occurrence: int) -> int:
        """Return the days from the anchor to the n-th time."""
        return self.offset + (occurrence - 1) * self.every

    def due(self, today: date, working: WorkingDays | None = None) -> Iterator[Due]:
        """Yield every anchor date for which the task is due on a day.

        Due means: planned for today, or for one of the days before that may still be
        caught up. What comes before its anchor is never done after it.

        :param today: the local day
        :param working: the calendar, for offsets in working days
        :raise ValueError: when the calendar does not reach far enough
        """
        oldest = max(today - DAY * self.catch_up, self.since or date.min)
        newest = min(today, self.until or date.max)
        for occurrence in range(1, self.times + 1):
            distance = self.distance(occurrence)
            for anchor, planned in _anchors(oldest, newest, distance, working):
                if distance >= 0 or anchor >= today:
                    yield Due(occurrence, anchor, planned)


def planned_date(
    anchor: date, distance: int, working: WorkingDays | None = None
) -> date:
    """Return the day on which something is due.

    :param anchor: day from which it is counted
    :param distance: days after the anchor, or before it when negative
    :param working: the calendar, when working days are counted
    :raise ValueError: when the calendar does not reach far enough
    """
    if working is None:
        return anchor + DAY * distance
    return working.add(anchor, distance)


def reach(schedule: Schedule, today: date) -> tuple[date, date]:
    """Return the span of days that a calendar has to cover for a schedule.

    Seven calendar days for each working day are enough for every calendar with one
    working day a week; a fortnight more spans the holidays around a year's end.
    """
    widest = max(abs(schedule.distance(n)) for n in (1, schedule.times))
    margin = DAY * (7 * widest + schedule.catch_up + 45)
    return today - margin, today + margin


def period_start(day: date, period: str) -> date:
    """Return the first day of the week (Monday) or month that a day is in.

    :param period: "week" or "month"
    :raise ValueError: for any other period
    """
    if period == "week":
        return day - DAY * day.weekday()
    if period == "month":
        return day.replace(day=1)
    raise ValueError(f"{period!r} is neither a week nor a month.")


def episode(anchor: date, occurrence: int) -> int:
    """Return the occurrence of a task whose anchor comes again for one subject.

    The anchor's day and the number within the episode, in one number, so that the
    next episode is not taken for the last one.

    :param anchor: day on which the episode began, from the year 2000
    :param occurrence: the n-th time since then, 1 to 99
    """
    return (anchor - EPISODES_BEGIN).days * EPISODE_SIZE + occurrence


def _anchors(
    oldest: date, newest: date, distance: int, working: WorkingDays | None
) -> Iterator[tuple[date, date]]:
    """Yield (anchor, planned) of all anchors planned from the oldest to the newest.

    The planned day never falls when the anchor rises, so the anchors are an interval.
    """
    if newest < oldest:
        return
    if working is None:
        for number in range((newest - oldest).days + 1):
            planned = oldest + DAY * number
            yield planned - DAY * distance, planned
        return
    anchor = _first_anchor(oldest, distance, working)
    while (planned := working.add(anchor, distance)) <= newest:
        yield anchor, planned
        anchor += DAY


def _first_anchor(oldest: date, distance: int, working: WorkingDays) -> date:
    """Return the first anchor that is planned for a day or later."""
    low, high = working.first, working.last
    while low < high:
        middle = low + (high - low) // 2
        if _is_planned_before(middle, distance, working, oldest):
            low = middle + DAY
        else:
            high = middle
    return low


def _is_planned_before(
    anchor: date, distance: int, working: WorkingDays, day: date
) -> bool:
    """Whether an anchor is planned for an earlier day; outside the span it is clear."""
    try:
        return working.add(anchor, distance) < day
    except ValueError:
        return anchor < day
