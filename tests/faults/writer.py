"""A process that writes entries and says so; the test kills it. It imports Django once and forks for each run.

Commands, one a line: `run N` forks a child that enters notes numbered from N and prints `ack N` after each act has
returned; `check` prints what the records hold.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from datetime import UTC, date, datetime
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from remit.acts import audit  # noqa: E402
from remit.acts.actors import Actor, actor_for  # noqa: E402
from remit.acts.core import setting_up  # noqa: E402
from remit.acts.session import add_entry  # noqa: E402
from remit.acts.verification import verify  # noqa: E402
from remit.knowledge import protocols, safety  # noqa: E402
from remit.records.models import Account, Clinic, Course, Membership, Patient, Session, SessionEntry  # noqa: E402

AT = datetime(2026, 11, 21, 19, tzinfo=UTC)
IN_A_SESSION = 50
SESSIONS = 40
PROTOCOL = "in_esketamine_us_trd"


def set_up() -> tuple[Actor, list[uuid.UUID]]:
    call_command("migrate", verbosity=0)
    clinic = Clinic.objects.create(name="Harbour Clinic", timezone="UTC", country="US", jurisdiction="US")
    nurse = Account.objects.create_user("nora.nurse@clinic.example", None, display_name="Nora Nurse")
    Membership.objects.create(account=nurse, clinic=clinic, role="nurse")
    actor = actor_for(nurse.pk, clinic.pk)
    with setting_up(actor, "test_set_up"):
        patient = Patient.objects.create(
            clinic=clinic,
            mrn="1",
            family_name="Marsh",
            given_name="Paula",
            birth_date=date(1978, 3, 4),
            registered_by=nurse,
            registered_at=AT,
        )
        course = Course.objects.create(
            clinic=clinic,
            patient=patient,
            protocol_id=PROTOCOL,
            protocol_version=protocols.protocol(PROTOCOL).version,
            protocol_snapshot={},
            started_on=AT.date(),
            prescribed_by=nurse,
            prescribed_at=AT,
        )
        held: dict[str, Any] = {"clinic": clinic, "course": course, "patient": patient, "planned_at": AT}
        sessions = [Session.objects.create(n=n + 1, planned_minutes=150, **held).pk for n in range(SESSIONS)]
    return actor, sessions


def run(actor: Actor, sessions: list[uuid.UUID], number: int) -> None:
    """Enter notes until killed."""
    say(f"pid {os.getpid()}")
    while True:
        client_id = uuid.uuid5(uuid.NAMESPACE_OID, str(number))
        session = sessions[number // IN_A_SESSION % SESSIONS]
        assert add_entry(actor, session, client_id, {"kind": "note", "text": str(number)}, AT).accepted
        say(f"ack {number}")
        number += 1


def held_now() -> dict[str, Any]:
    entries = SessionEntry.objects.order_by("id").values_list("session_id", "seq", "body")
    return {
        "numbers": [int(body["text"]) for _, _, body in entries],
        "places": [[str(session), seq] for session, seq, _ in entries],
        "verified": verify().as_dict(),
    }


def in_a_child(do: Any) -> int:
    connections.close_all()
    audit._anchor_at.cache_clear()
    child = os.fork()
    if child == 0:
        try:
            do()
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1]


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main() -> None:
    safety.rules()
    actor, sessions = set_up()
    say("ready")
    for line in sys.stdin:
        command, _, number = line.strip().partition(" ")
        if command == "run":
            status = in_a_child(lambda number=number: run(actor, sessions, int(number)))
            say(f"gone {status}")
        else:
            say(json.dumps(held_now()))


if __name__ == "__main__":
    main()
