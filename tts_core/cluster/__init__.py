"""Speech beyond one machine, on Ray: warm speakers on GPU hosts, and the pool that shares a book out over them.

Nothing else in the house imports Ray; it comes with the extra `duoyin[cluster]`.
"""

import os

# Ray looks at these when it is imported, here and in the processes that we start.
os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
# A speaker is no background work: by default Ray gives way to everything else on the machine.
os.environ.setdefault("RAY_worker_niceness", "0")
# Whoever asks Ray something after it left the fleet must not start one of its own.
os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")
# What each call was and when it began is sent to the head, for a page that we do not have.
os.environ.setdefault("RAY_task_events_report_interval_ms", "0")
os.environ.setdefault("RAY_event_stats", "0")
# A process whose head is away ends by itself after this time; we are faster, with an error for people.
os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "300")
# A speaker on a processor asks for no GPU; Ray would hide those there are in a way that it will not do any more.
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
