"""What the emulated Microsoft could do in two ways; section numbers are those of the Graph contract."""

from sandbox.switchboard import Switch, Switchboard

SWITCHES: dict[str, Switch] = {
    # Writing: section 2, 3, 8
    "late_change_key": Switch(
        default=True, mark="O", note="changeKey and etag move once more after a create"
    ),
    "duplicate_transaction": Switch(
        default="400",
        mark="O",
        note="second create with one transactionId: an error of this status, or the existing event",
        allowed=("400", "409", "existing"),
    ),
    "spurious_412_next": Switch(
        default=0, mark="setting", note="so many writes fail with 412 although nothing differs"
    ),
    "concurrent_save_next": Switch(
        default=0, mark="setting", note="so many creates answer 503 although they happened"
    ),
    "second_delete_status": Switch(
        default=404, mark="A", note="DELETE of what is gone already", allowed=(404, 204)
    ),
    "subject_limit": Switch(default=255, mark="A", note="characters of a subject; 0 is no limit"),
    "page_size": Switch(default=10, mark="A", note="default page of events and calendarView"),
    # Ids: section 4
    "calendar_ids_follow_prefer": Switch(
        default=True, mark="O", note="calendar ids differ with the immutable-id header"
    ),
    # Time zones: section 5
    "all_day_shifts": Switch(
        default=True, mark="O", note="an all-day event read in another zone is not at midnight"
    ),
    "ical_uid_per_occurrence": Switch(
        default=False, mark="O", note="each occurrence has an iCalUId of its own"
    ),
    # Delta: section 6
    "empty_first_page": Switch(
        default=True, mark="O", note="a new round begins with an empty page and a nextLink"
    ),
    "delta_accepts_select": Switch(
        default=False, mark="O", note="$select on delta is ignored instead of refused"
    ),
    "skeleton_occurrences": Switch(
        default=True, mark="O", note="occurrences in delta carry times only"
    ),
    "exceptions_in_full": Switch(
        default=True, mark="A", note="exceptions in delta carry all their fields"
    ),
    "exception_resends": Switch(
        default="series",
        mark="A",
        note="what a changed occurrence brings into the next round",
        allowed=("series", "exception"),
    ),
    "master_delete_removes": Switch(
        default="master",
        mark="A",
        note="what is reported as removed when a series is deleted",
        allowed=("master", "all"),
    ),
    "removed_outside_window": Switch(
        default=True, mark="D", note="changes outside the window arrive as @removed"
    ),
    "delta_repeats": Switch(
        default=0, mark="setting", note="so many items of each page come a second time"
    ),
    "delta_reversed": Switch(default=False, mark="setting", note="items come newest first"),
    "delta_lag_s": Switch(
        default=0, mark="setting", note="a change is absent from delta for so many seconds"
    ),
    "delta_keeps_rounds": Switch(
        default=0, mark="setting", note="a deltaLink dies after so many newer ones; 0 is never"
    ),
    "sync_lost_status": Switch(
        default=410, mark="O", note="status for a dead delta token", allowed=(410, 400)
    ),
    "sync_lost_code": Switch(
        default="SyncStateNotFound",
        mark="O",
        note="code for a dead delta token",
        allowed=(
            "SyncStateNotFound",
            "syncStateNotFound",
            "resyncRequired",
            "SyncStateInvalid",
            "ErrorInvalidSyncStateData",
        ),
    ),
    "sync_lost_location": Switch(
        default=False, mark="D", note="410 carries a Location header of a fresh round"
    ),
    # Recurrence: section 9
    "short_months": Switch(
        default="last_day",
        mark="A",
        note="day 29 to 31 in a month without it",
        allowed=("last_day", "skip"),
    ),
    "master_patch_drops_exceptions": Switch(
        default=True, mark="A", note="a new time or pattern of a series ends its exceptions"
    ),
    # Notifications: section 11
    "notify_routes": Switch(
        default={},
        mark="setting",
        note='host to loopback: {"app.example": "http://127.0.0.1:8000"}',
    ),
    "notify_lost": Switch(
        default=False, mark="setting", note="notifications get lost, a missed event is sent"
    ),
    "notify_copies": Switch(default=1, mark="O", note="one change is told so many times"),
    "notify_reversed": Switch(default=False, mark="O", note="notifications come in other order"),
    "handshake_timeout_s": Switch(default=10, mark="D", note="time for the answer to a handshake"),
    # Throttling: section 12, 13
    "latency_ms": Switch(default=0, mark="setting", note="each Graph request takes this long"),
    "mailbox_concurrency": Switch(
        default=4, mark="D", note="requests to one mailbox at once; 0 is no limit"
    ),
    "mailbox_requests": Switch(
        default=10_000, mark="D", note="requests to one mailbox in 10 minutes; 0 is no limit"
    ),
    "throttle_next": Switch(default=0, mark="setting", note="so many requests answer 429"),
    "throttle_code": Switch(
        default="TooManyRequests",
        mark="A",
        note="code of a 429",
        allowed=("TooManyRequests", "ApplicationThrottled"),
    ),
    "retry_after": Switch(default="2.128", mark="O", note="value of Retry-After"),
    "batch_throttles_from": Switch(
        default=0,
        mark="O",
        note="unchained items of a batch from this number on answer 429; 0 is none",
    ),
    # Sign-in and permissions: section 14
    "token_lifetime_s": Switch(default=3599, mark="A", note="life of an access token"),
    "withdrawn_consent_status": Switch(
        default=403, mark="A", note="Graph to a token whose consent is gone", allowed=(401, 403)
    ),
    "withdrawn_consent_token": Switch(
        default="refused",
        mark="A",
        note="the token endpoint when consent is gone",
        allowed=("refused", "issued"),
    ),
    "app_only_me": Switch(default=False, mark="A", note="/me works with an app-only token"),
}


def microsoft_switches() -> Switchboard:
    """Return the switches, all at their defaults."""
    return Switchboard(SWITCHES, "Microsoft")
