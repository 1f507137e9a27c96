"""What the clock (Celery beat) starts, and how often, in seconds. A hint that is older than `expires` is dropped."""

CELERY_BEAT_SCHEDULE = {
    "drain the outbox": {"task": "notifications.tasks.drain_outbox", "schedule": 2.0, "options": {"expires": 10}},
    "send to webhooks": {"task": "notifications.tasks.deliver_webhooks", "schedule": 5.0, "options": {"expires": 10}},
    "forget old deliveries": {"task": "notifications.tasks.forget_deliveries", "schedule": 3600.0, "options": {"expires": 600}},
    "write tags": {"task": "gto.tasks.write_tags", "schedule": 5.0, "options": {"expires": 5}},
    "run imports": {"task": "imports.tasks.run_imports", "schedule": 20.0, "options": {"expires": 20}},
    "send digests": {"task": "notifications.tasks.send_digests", "schedule": 60.0, "options": {"expires": 60}},
    "forget old notices": {"task": "notifications.tasks.forget_notices", "schedule": 3600.0, "options": {"expires": 600}},
    "sweep requests": {"task": "approvals.tasks.sweep_requests", "schedule": 60.0, "options": {"expires": 60}},
    "seal the log": {"task": "activity.tasks.seal_log", "schedule": 900.0, "options": {"expires": 600}},
    "count the days that ended": {"task": "insights.tasks.count_days", "schedule": 1800.0, "options": {"expires": 600}},
    "forget old idempotency keys": {"task": "activity.tasks.forget_old_keys", "schedule": 3600.0, "options": {"expires": 600}},
}
