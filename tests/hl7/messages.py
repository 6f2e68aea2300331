"""Monitor messages for tests: one segment at a time, and the published ones."""

from datetime import UTC, datetime
from pathlib import Path

from remit.acts.monitor_codes import monitor_codes
from remit.hl7.observations import read

REFERENCE = Path(__file__).parents[1] / "reference" / "oru"
RECEIVED = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
SYSTOLIC = "NM|150021^MDC_PRESS_BLD_NONINV_SYS^MDC|1.1.1.1|{}|266016^MDC_DIM_MMHG^MDC|||||R"
DIASTOLIC = "NM|150022^MDC_PRESS_BLD_NONINV_DIA^MDC|1.1.1.2|{}|266016^MDC_DIM_MMHG^MDC|||||R"
SPO2 = "NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.3.1.1|{}|262688^MDC_DIM_PERCENT^MDC|||||R"
HEART_RATE = "NM|147842^MDC_ECG_HEART_RATE^MDC|1.5.1.1|{}|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R"
RESPIRATION = "NM|151562^MDC_RESP_RATE^MDC|1.6.1.1|{}|264928^MDC_DIM_RESP_PER_MIN^MDC|||||R"
TEMPERATURE = "NM|150344^MDC_TEMP^MDC|1.26.1.1|{}|268192^MDC_DIM_DEGC^MDC|||||R"


def message(*observations, type="ORU^R01", pid="12^^^CLINIC^MR", at="20261121140000+0000", mode="P", charset=""):
    """A message with these observations, each without its leading `OBX|n|`."""
    lines = [
        f"MSH|^~\\&|MONITOR|WARD|||{at}||{type}|C1|{mode}|2.6||||||{charset}",
        *([f"PID|||{pid}||DOE^JANE"] if pid is not None else []),
        "PV1||I|ROOM^^2",
        f"OBR|1|||182777000^monitoring of patient^SCT|||{at}",
        *(f"OBX|{n}|{line}" for n, line in enumerate(observations, start=1)),
    ]
    return "\r".join(lines).encode() + b"\r"


def taken(*observations, **head):
    """The message with these observations as read."""
    return read(message(*observations, **head), RECEIVED, monitor_codes())


def reasons(held):
    """Why the observations of a message were not taken."""
    return [dropped.reason for dropped in held.dropped]
