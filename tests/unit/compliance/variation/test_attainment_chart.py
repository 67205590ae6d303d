"""Months where files are many, quarters where they are few."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.compliance.attainment.attainment import Attainment
from services.compliance.variation.attainment_chart import attainment_chart
from services.compliance.variation.control_chart import ChartPeriod


def month(index: int) -> date:
    return date(2023 + index // 12, index % 12 + 1, 1)


def periods(on_time: Sequence[int], measured: int) -> list[ChartPeriod]:
    return [
        ChartPeriod(month(index), Attainment(measured, one, measured - one))
        for index, one in enumerate(on_time)
    ]


def test_twenty_files_a_month_are_a_chart_of_months() -> None:
    chart = attainment_chart(periods([18] * 13, 20), [])
    assert chart.step == "month" and chart.last is not None
    assert len(chart.last.points) == 12
    assert chart.running == ChartPeriod(month(12), Attainment(20, 18, 2))


def test_fewer_are_a_chart_of_whole_quarters() -> None:
    """From February 2023 on: the first quarter is not whole, that of February 2024 is running."""
    chart = attainment_chart(periods([17] * 14, 19)[1:], [])
    assert chart.step == "quarter" and chart.last is not None
    firsts = [point.first for point in chart.last.points]
    assert firsts == [date(2023, 4, 1), date(2023, 7, 1), date(2023, 10, 1)]
    assert chart.last.points[0].attainment == Attainment(57, 51, 6)
    assert chart.running == ChartPeriod(date(2024, 1, 1), Attainment(38, 34, 4))


def test_without_any_file_there_is_no_chart() -> None:
    chart = attainment_chart(periods([0] * 5, 0), [])
    assert chart.last is None and chart.running is None
