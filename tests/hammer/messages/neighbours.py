"""A clinic next door, full of words that nobody else may ever read."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx

from tests.hammer.messages.clinic import Clinic
from tests.system.administering import Desk

NAME, PATIENT, EMAIL = "Canarywood Practice", "Quillon Zathrix", "zathrix.canary@example.org"
SAID, CALLER = "The canary of the neighbour sang of its knee.", "+12065558731"


@dataclass(frozen=True, slots=True)
class Neighbour:
    clinic: Clinic

    @classmethod
    async def opened(cls, desk: Desk, webhook_secret: str) -> "Neighbour":
        """With an appointment, a contact and a call."""
        neighbour = cls(await Clinic.opened(desk, webhook_secret, NAME))
        wish = {
            "appointmentDate": (date.today() + timedelta(days=5)).isoformat(),
            "appointmentTime": "10:00",
            "patientName": PATIENT,
            "patientEmail": EMAIL,
        }
        async with httpx.AsyncClient(timeout=30) as http:
            told: list[dict[str, Any]] = [
                {
                    "type": "tool-calls",
                    "toolCallList": [{"id": "1", "name": "bookClinicAppointment", "arguments": wish}],
                },
                {"type": "end-of-call-report", "transcript": SAID, "analysis": {"summary": SAID}},
            ]
            for fields in told:
                (await neighbour.clinic.post(http, neighbour.message(fields))).raise_for_status()
        return neighbour

    def message(self, fields: dict[str, Any]) -> bytes:
        of_it: dict[str, Any] = {"call": {"id": "canary-call"}, "phoneNumber": {"number": self.clinic.number}}
        return json.dumps({"message": of_it | {"customer": {"number": CALLER}} | fields}).encode()

    @property
    def canaries(self) -> tuple[str, ...]:
        """What is the neighbour's alone, its key too."""
        return (NAME, PATIENT, "Zathrix", EMAIL, SAID, CALLER, self.clinic.key, self.clinic.id)
