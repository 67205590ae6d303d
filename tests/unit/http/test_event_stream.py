"""The frames of server-sent events."""

from __future__ import annotations

from shared.http.event_stream import event_frame, heartbeat


def test_frames_repeat_a_field_for_each_line_and_end_with_an_empty_one() -> None:
    assert event_frame(event="alert", data="a\r\nb\n") == "event: alert\ndata: a\ndata: b\n\n"
    assert event_frame(id="") == "id: \n\n"
    assert event_frame(retry=2_000) == "retry: 2000\n\n"
    assert heartbeat("—") == ": —\n\n"
