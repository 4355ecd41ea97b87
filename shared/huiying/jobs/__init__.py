"""Due work: sends, polls, timers, notifications; stored with the change that asks for it, done once it is due."""

from huiying.jobs.job import Done, Failed, Handler, Job, Outcome, Retry, Schedule
from huiying.jobs.queue import add, cancel
from huiying.jobs.worker import JobWorker

__all__ = ["Done", "Failed", "Handler", "Job", "JobWorker", "Outcome", "Retry", "Schedule", "add", "cancel"]
