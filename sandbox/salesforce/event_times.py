"""The time rules of an Event (contract section 1.2): which combinations are accepted, and what follows from them."""

from datetime import UTC, date, datetime, timedelta

from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.switches import Switches
from sandbox.salesforce.values import Row

DAY_MINUTES = 1440
LONGEST_MINUTES = 14 * DAY_MINUTES
_V39 = 39


def midnight(day: date) -> datetime:
    """Return the day's midnight in UTC, which is how an all-day event states its day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def settle_times(before: Row | None, changes: Row, switches: Switches, version: int) -> Row:
    """Return the six time fields after a save.

    Args:
        before: The stored row, None on create.
        changes: The converted fields of the request.
        switches: The org's settings and the contract's doubtful points.
        version: API version; from v39 errors point at EndDateTime where no duration was sent.

    Raises:
        ApiError: The times are missing, contradict each other or are too long.
    """
    request = _Request(before, changes, switches, version)
    start = request.start()
    minutes = request.minutes(start)
    request.check_length(minutes)
    end = _end(start, minutes, all_day=request.all_day, switches=switches)
    return {
        "StartDateTime": start,
        "ActivityDateTime": start,
        "ActivityDate": start.date(),
        "DurationInMinutes": minutes,
        "EndDateTime": end,
        "EndDate": end.date(),
    }


def _end(start: datetime, minutes: int, *, all_day: bool, switches: Switches) -> datetime:
    end = start + timedelta(minutes=minutes)
    if all_day and switches.on("all_day_end_inclusive"):
        return end - timedelta(days=1)
    return end


class _Request:
    """One save: what was stored, what is asked."""

    def __init__(self, before: Row | None, changes: Row, switches: Switches, version: int) -> None:
        self.before = before or {}
        self.changes = changes
        self.switches = switches
        self.place = (
            "EndDateTime"
            if version >= _V39 and changes.get("DurationInMinutes") is None
            else "DurationInMinutes"
        )
        self.all_day = bool(changes.get("IsAllDayEvent", self.before.get("IsAllDayEvent", False)))

    def refuse(self, what: str, place: str = "") -> ApiError:
        return ApiError("FIELD_INTEGRITY_EXCEPTION", unknown(what), (place or self.place,))

    def start(self) -> datetime:
        """Return the start; every form of it that was sent must agree."""
        moments = {
            name: moment
            for name in ("StartDateTime", "ActivityDateTime")
            if isinstance(moment := self.changes.get(name), datetime)
        }
        day = self.changes.get("ActivityDate")
        if self.all_day:
            moments = {name: midnight(moment.date()) for name, moment in moments.items()}
        if len(set(moments.values())) > 1:
            raise self.refuse("ActivityDateTime is not StartDateTime", "ActivityDateTime")
        moment = next(iter(moments.values()), None)
        if moment is None:
            return self._start_without_moment(day if isinstance(day, date) else None)
        if isinstance(day, date) and day != moment.date():
            raise self.refuse("ActivityDate is not the day of the start", "ActivityDate")
        return moment

    def _start_without_moment(self, day: date | None) -> datetime:
        stored = self.before.get("StartDateTime")
        if day is not None and self.all_day:
            return midnight(day)
        if not isinstance(stored, datetime):
            message = "Required fields are missing: [ActivityDateTime]"
            raise ApiError("REQUIRED_FIELD_MISSING", message, ("ActivityDateTime",))
        if day is not None and day != stored.date():
            return stored + (day - stored.date())
        return midnight(stored.date()) if self.all_day else stored

    def minutes(self, start: datetime) -> int:
        """Return the duration; a duration and an end that were both sent must agree."""
        sent = self.changes.get("DurationInMinutes")
        duration = sent if isinstance(sent, int) else None
        end = self.changes.get("EndDateTime")
        from_end = self._minutes_until(start, end) if isinstance(end, datetime) else None
        if duration is not None and self.all_day:
            duration = max(1, -(-duration // DAY_MINUTES)) * DAY_MINUTES
        if duration is not None and from_end is not None and duration != from_end:
            raise self.refuse("DurationInMinutes and EndDateTime disagree")
        if duration is not None:
            return duration
        return from_end if from_end is not None else self._minutes_not_sent(start)

    def _minutes_until(self, start: datetime, end: datetime) -> int:
        if not self.all_day:
            return int((end - start).total_seconds()) // 60
        days = (end.date() - start.date()).days
        if self.switches.on("all_day_end_inclusive"):
            days += 1
        elif days == 0:
            days = 1
        return days * DAY_MINUTES

    def _minutes_not_sent(self, start: datetime) -> int:
        stored = self.before.get("DurationInMinutes")
        if not isinstance(stored, int):
            if self.all_day:
                return DAY_MINUTES
            message = "Required fields are missing: [DurationInMinutes]"
            raise ApiError("REQUIRED_FIELD_MISSING", message, ("DurationInMinutes",))
        if self.all_day and not self.before.get("IsAllDayEvent"):
            return DAY_MINUTES
        if self.switches.text("start_only_keeps") == "end" and not self.all_day:
            end = self.before.get("EndDateTime")
            return self._minutes_until(start, end) if isinstance(end, datetime) else stored
        return stored

    def check_length(self, minutes: int) -> None:
        """Refuse what is too short or too long."""
        if minutes < 0:
            raise self.refuse("an event cannot end before it starts")
        alone = self.all_day and not self.switches.on("all_day_needs_multiday")
        if minutes > DAY_MINUTES and not self.switches.on("multiday_events") and not alone:
            message = "Duration must be between 0 and 1440 minutes: Duration"
            raise ApiError("FIELD_INTEGRITY_EXCEPTION", message, (self.place,))
        if minutes > LONGEST_MINUTES:
            raise self.refuse("an event lasts at most 14 days")
