"""When a task falls due: the pure functions against counting on one's fingers."""

import random
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden import tools  # noqa: F401  (makes the add-ons' tools importable)

from odoo.addons.arm_dunning.tools import schedule
from odoo.addons.arm_dunning.tools.schedule import Due, Schedule, WorkingDays

DAY = timedelta(days=1)
MONDAY = date(2026, 3, 16)
FIRST, LAST = date(2024, 1, 1), date(2028, 12, 31)
WEEKDAYS = WorkingDays.weekdays(FIRST, LAST)


def slow_add(working, day, count):
    """Walk from day to day, as a person with a calendar on the wall would."""
    if count == 0:
        while day not in working:
            day += DAY
        return day
    step = DAY if count > 0 else -DAY
    for _number in range(abs(count)):
        day += step
        while day not in working:
            day += step
    return day


def slow_due(rule, today, working):
    """Try every anchor of three years."""
    found = set()
    for number in range(-550, 551):
        anchor = today + DAY * number
        for occurrence in range(1, rule.times + 1):
            distance = rule.offset + (occurrence - 1) * rule.every
            if working is None:
                planned = anchor + DAY * distance
            else:
                planned = slow_add(working, anchor, distance)
            late = (today - planned).days
            valid = (rule.since is None or planned >= rule.since) and (
                rule.until is None or planned <= rule.until
            )
            before = distance < 0 and anchor < today
            if 0 <= late <= rule.catch_up and valid and not before:
                found.add(Due(occurrence, anchor, planned))
    return found


def test_offset_in_calendar_days():
    rule = Schedule(offset=3, catch_up=1)
    assert list(rule.due(MONDAY)) == [
        Due(1, date(2026, 3, 12), date(2026, 3, 15)),
        Due(1, date(2026, 3, 13), MONDAY),
    ]


def test_before_the_anchor_never_after_it():
    """A note two days before is not sent when the day itself has passed."""
    rule = Schedule(offset=-2, catch_up=30)
    anchors = [due.anchor for due in rule.due(MONDAY)]
    assert anchors == [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY]


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 3, 13), 1, date(2026, 3, 16)),  # Friday
        (date(2026, 3, 14), 1, date(2026, 3, 16)),  # Saturday
        (date(2026, 3, 14), 0, date(2026, 3, 16)),
        (date(2026, 3, 13), 0, date(2026, 3, 13)),
        (date(2026, 3, 16), -1, date(2026, 3, 13)),
        (date(2026, 3, 15), -1, date(2026, 3, 13)),  # Sunday
        (date(2026, 3, 17), -2, date(2026, 3, 13)),
        (date(2026, 3, 13), 6, date(2026, 3, 23)),
    ],
)
def test_working_days(day, count, expected):
    assert WEEKDAYS.add(day, count) == expected
    assert slow_add(WEEKDAYS, day, count) == expected


def test_holidays_do_not_count():
    """Good Friday and Easter Monday 2026 are the 3rd and the 6th of April."""
    closed = {date(2026, 4, 3), date(2026, 4, 6)}
    working = WorkingDays.of(FIRST, LAST, set(WEEKDAYS.days) - closed)
    assert working.add(date(2026, 4, 2), 1) == date(2026, 4, 7)
    assert working.add(date(2026, 4, 7), -1) == date(2026, 4, 2)
    assert date(2026, 4, 3) not in working


def test_all_anchors_of_a_weekend_come_on_monday():
    rule = Schedule(offset=1)
    anchors = [due.anchor for due in rule.due(MONDAY, WEEKDAYS)]
    assert anchors == [date(2026, 3, 13), date(2026, 3, 14), date(2026, 3, 15)]


def test_repetition():
    rule = Schedule(offset=5, every=10, times=3)
    found = {(due.occurrence, (MONDAY - due.anchor).days) for due in rule.due(MONDAY)}
    assert found == {(1, 5), (2, 15), (3, 25)}


def test_validity():
    assert not list(Schedule(since=MONDAY + DAY).due(MONDAY))
    assert not list(Schedule(until=MONDAY - DAY).due(MONDAY))
    late = Schedule(until=MONDAY - DAY, catch_up=1).due(MONDAY)
    assert [due.planned for due in late] == [MONDAY - DAY]


@pytest.mark.parametrize("seed", range(40))
def test_against_trying_every_anchor(seed):
    """Random rules and random calendars: the same set of due anchors."""
    rnd = random.Random(seed)
    rule = Schedule(
        offset=rnd.randint(-15, 25),
        every=rnd.randint(1, 9),
        times=rnd.choice([1, 1, 1, 2, 4]),
        catch_up=rnd.choice([0, 1, 3, 7, 20]),
        since=rnd.choice([None, None, MONDAY - DAY * rnd.randint(0, 10)]),
        until=rnd.choice([None, None, MONDAY - DAY * rnd.randint(-3, 3)]),
    )
    today = MONDAY + DAY * rnd.randint(-200, 200)
    working = None
    if rnd.random() < 0.7:
        share = rnd.choice([0.3, 0.7, 0.9])
        days = [
            day
            for n in range((LAST - FIRST).days + 1)
            if (day := FIRST + DAY * n).weekday() < 5 and rnd.random() < share
        ]
        working = WorkingDays.of(FIRST, LAST, days)
    found = list(rule.due(today, working))
    assert len(found) == len(set(found))
    assert set(found) == slow_due(rule, today, working)


@pytest.mark.parametrize("offset", [-260, -30, -1, 0, 1, 30, 260])
def test_reach_is_far_enough(offset):
    """Even with one working day a week and a fortnight closed around the day."""
    rule = Schedule(offset=offset, every=5, times=3, catch_up=14)
    first, last = schedule.reach(rule, MONDAY)
    span = ((last - first).days + 1) * DAY
    days = [
        day
        for n in range(span.days)
        if (day := first + DAY * n).weekday() == 2 and abs((day - MONDAY).days) > 7
    ]
    list(rule.due(MONDAY, WorkingDays.of(first, last, days)))


def test_calendar_without_working_days():
    with pytest.raises(ValueError, match="not enough working days"):
        list(Schedule(offset=1).due(MONDAY, WorkingDays.of(FIRST, LAST, [])))
    with pytest.raises(ValueError, match="not enough working days"):
        WEEKDAYS.add(LAST + DAY, -1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"catch_up": -1}, "cannot be negative"),
        ({"times": 0}, "1 to 99"),
        ({"times": 100, "every": 1}, "1 to 99"),
        ({"times": 2}, "days in between"),
    ],
)
def test_refusals(values, message):
    with pytest.raises(ValueError, match=message):
        Schedule(**values)


def test_periods():
    assert schedule.period_start(date(2026, 3, 22), "week") == MONDAY
    assert schedule.period_start(date(2026, 3, 22), "month") == date(2026, 3, 1)
    with pytest.raises(ValueError, match="neither a week nor a month"):
        schedule.period_start(MONDAY, "year")


def test_episodes_never_meet():
    """Two episodes have different numbers, whatever the repetition."""
    numbers = {
        schedule.episode(MONDAY + DAY * n, occurrence)
        for n in range(400)
        for occurrence in (1, 2, schedule.MAX_REPEATS)
    }
    assert len(numbers) == 1200
    assert max(numbers) < 2**31
