"""Runs: one execution each, with what was planned, written and left."""

from django.db import models

from linkpoint.accounts.models import Mailbox


class Run(models.Model):
    """One cycle, click or undo of one mailbox."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=12, help_text="record, sync or undo")
    mode = models.CharField(max_length=12)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    considered = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    problems = models.PositiveIntegerField(default=0)
    calls = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["mailbox", "-started_at"], name="run_latest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%Y-%m-%d %H:%M}"
