"""A picture of the messages of a year: how many each day, by rule, and at what local hour."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

from bot.simulation import Send


def year_of_sends(
    sends: Sequence[Send], rules: Sequence[str], period: tuple[date, date], title: str, path: Path
) -> None:
    """Draw one panel of days, each a bar with one colour for each rule, and one of local hours. Writes `path`."""
    start, end = period
    days = [start + timedelta(days=day) for day in range((end - start).days + 1)]
    count = Counter((send.rule, send.at.date()) for send in sends)
    figure, (by_day, by_hour) = plt.subplots(2, 1, figsize=(14, 9), height_ratios=(2, 1), layout="constrained")
    below = np.zeros(len(days))
    colours = plt.get_cmap("tab10")
    for place, rule in enumerate(rules):
        heights = np.array([count[rule, day] for day in days])
        by_day.bar(days, heights, bottom=below, width=1.0, label=rule, color=colours(place % 10))
        below += heights
    by_day.set_ylabel("messages a day")
    by_day.legend(ncols=4, fontsize=8)
    by_day.set_title(title)
    hours = [send.at.hour + send.at.minute / 60 for send in sends]
    by_hour.hist(hours, bins=np.arange(0, 24.25, 0.25), color=colours(0))
    by_hour.axvspan(10, 19, color="0.9", zorder=0)
    by_hour.set_xlim(0, 24)
    by_hour.set_xticks(range(0, 25, 2))
    by_hour.set_xlabel("hour where the person lives (grey: when we may write)")
    by_hour.set_ylabel("messages")
    figure.savefig(path, dpi=110)
    plt.close(figure)
