"""The read behind the monitor interface: what a monitor's codes mean."""

from __future__ import annotations

from remit.knowledge.monitors import monitor_codes

__all__ = ["monitor_codes"]
