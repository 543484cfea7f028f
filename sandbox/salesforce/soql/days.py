"""Date words of SOQL as spans of days."""

from datetime import date, timedelta

_WORDS_OF_N = {"LAST_N_DAYS", "NEXT_N_DAYS"}


def span(name: str, number: int, today: date) -> tuple[date, date] | None:
    """Return the first day and the day after the last one; None for a word that is no date.

    Weeks start on Sunday, as in an org of the United States.
    """
    if (name in _WORDS_OF_N) != (number > 0):
        return None
    one = timedelta(days=1)
    week = today - timedelta(days=(today.weekday() + 1) % 7)
    month = today.replace(day=1)
    next_month = (month + timedelta(days=32)).replace(day=1)
    year = today.replace(month=1, day=1)
    spans = {
        "TODAY": (today, today + one),
        "YESTERDAY": (today - one, today),
        "TOMORROW": (today + one, today + 2 * one),
        "THIS_WEEK": (week, week + 7 * one),
        "LAST_WEEK": (week - 7 * one, week),
        "NEXT_WEEK": (week + 7 * one, week + 14 * one),
        "THIS_MONTH": (month, next_month),
        "LAST_MONTH": ((month - one).replace(day=1), month),
        "NEXT_MONTH": (next_month, (next_month + timedelta(days=32)).replace(day=1)),
        "THIS_YEAR": (year, year.replace(year=year.year + 1)),
        "LAST_90_DAYS": (today - 90 * one, today + one),
        "NEXT_90_DAYS": (today + one, today + 91 * one),
        "LAST_N_DAYS": (today - number * one, today + one),
        "NEXT_N_DAYS": (today + one, today + (number + 1) * one),
    }
    return spans.get(name)
