"""Recordings of played calls: a tone that is another for each of them, and where it lies."""

import io
import wave
from collections.abc import Callable
from hashlib import sha256
from typing import Any

CHANNELS = ("mono", "stereo", "assistant", "customer")

_RATE = 8_000
_SAMPLES = _RATE // 4


def sound(call_id: str, channel: str) -> bytes:
    """A quarter of a second, as WAV; of the same call always the same."""
    period = 20 + sha256(f"{call_id}/{channel}".encode()).digest()[0] % 60
    channels = 2 if channel == "stereo" else 1
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(channels)
        written.setsampwidth(1)
        written.setframerate(_RATE)
        written.writeframes(
            b"".join(bytes([160 if n % period < period // 2 else 96]) * channels for n in range(_SAMPLES))
        )
    return file.getvalue()


def with_recording(call: dict[str, Any], url_of: Callable[[str, str], str]) -> dict[str, Any]:
    """The call as Vapi shows it: where its recordings are, if it has ended and was talked in."""
    if "artifact" not in call:
        return call
    url = {channel: url_of(call["id"], channel) for channel in CHANNELS}
    recording = {
        "stereoUrl": url["stereo"],
        "mono": {"combinedUrl": url["mono"], "assistantUrl": url["assistant"], "customerUrl": url["customer"]},
    }
    told = {"recordingUrl": url["mono"], "stereoRecordingUrl": url["stereo"], "recording": recording}
    return {**call, "artifact": {**told, **call["artifact"]}}
