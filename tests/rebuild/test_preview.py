"""``echeance preview`` on the distributed system, while its services are at work."""

from __future__ import annotations

from pathlib import Path

from echeance.preview import compare_catalogues
from services.compliance.preview import PreviewStore
from shared.process import runner
from tests.builders import decided, received, revised
from tests.rebuild.live import Live
from tests.rebuild.test_command import said

CANDIDATE = revised(2, ("business_days: 20", "business_days: 12"))


async def test_it_is_made_beside_the_services_and_kept_in_their_database(
    live: Live, tmp_path: Path
) -> None:
    candidate = tmp_path / "candidate.yaml"
    candidate.write_text(CANDIDATE.text, encoding="utf-8")
    await live.lived(60)
    await live.publish(
        received("ENDED", "2026-03-02 10:00"), decided("ENDED", "2026-03-25 10:00", "accepted")
    )
    async with live.services():
        await live.settled()
        before = await live.scalar("SELECT sum(files) FROM tallies WHERE grain = 'day'")
        status, words = await said(live, str(candidate), command="preview")
        assert status == 0, words
        assert "files would change." in words
        kept = await PreviewStore(live.database).last()
        assert kept is not None
        assert kept.files == await live.scalar("SELECT count(*) FROM clock_files")
        again = await compare_catalogues(
            live.database, live.catalogue, CANDIDATE, kept.made_at, lambda files: None
        )
        assert again == kept
        assert kept.made_at <= runner.now()
        assert before == await live.scalar("SELECT sum(files) FROM tallies WHERE grain = 'day'")
