"""Pictures for people who judge the model: the confusion matrix."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

from bot.evaluation import Report


def confusion_matrix(report: Report, path: Path) -> None:
    """Draw which label was given (columns) for which expected (rows), as shares of each row."""
    labels = sorted({*report.per_intent, *(given for _, given, _ in report.confusions)})
    place = {label: index for index, label in enumerate(labels)}
    matrix = np.zeros((len(labels), len(labels)))
    for label, row in report.per_intent.items():
        matrix[place[label], place[label]] = row["recall"]
    for expected, given, times in report.confusions:
        matrix[place[expected], place[given]] = times / report.per_intent[expected]["lines"]
    figure, axes = plt.subplots(figsize=(15, 14), layout="constrained")
    axes.imshow(matrix, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=7)
    axes.set_yticks(range(len(labels)), labels, fontsize=7)
    axes.set_xlabel("given")
    axes.set_ylabel("expected")
    axes.set_title(f"{report.lines} held-out lines; accuracy in scope {report.in_scope_accuracy:.3f}")
    figure.savefig(path, dpi=110)
    plt.close(figure)
