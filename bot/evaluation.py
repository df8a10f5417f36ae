"""Measure the NLU on held-out lines, and set its thresholds on others: figures, confusions, a picture."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import product

import httpx

from bot.danger import DANGERS
from bot.nlu import Ranking
from bot.understanding import OUT_OF_SCOPE, Thresholds

AT_ONCE = 8
PRECISION_WANTED = 0.98  # of what is answered without asking back
REJECTION_WEIGHS = 1.5  # an answer to what is none of ours, against asking again what is: ADR 7
FALSE_ALARMS_ALLOWED = 0.003  # of lines that are no danger: the numbers before everything else
NEAR_MISSES_ALLOWED = 0.03  # of frightening words used innocently; the bar is 5 % on lines never seen
WORRIES_ALLOWED = 0.04  # of lines that are no danger: the numbers under the answer
NEAR_MISS = "near_miss"  # the label of held-out lines with frightening words and no danger
AIMS = (PRECISION_WANTED, REJECTION_WEIGHS, FALSE_ALARMS_ALLOWED, NEAR_MISSES_ALLOWED, WORRIES_ALLOWED)

_STEPS = [step / 100 for step in range(2, 91)]  # the thresholds tried


async def rank(url: str, token: str, lines: Sequence[str]) -> list[Ranking]:
    """Ask the server about every line, in order. Raises httpx.HTTPError."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(line: str) -> Ranking:
        async with gate:
            answer = await client.post("/model/parse", params={"token": token}, json={"text": line.lstrip("/ ")})
            answer.raise_for_status()
            return [(row["name"], row["confidence"]) for row in answer.json()["intent_ranking"]]

    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
        return list(await asyncio.gather(*(one(line) for line in lines)))


def danger_chance(ranking: Ranking) -> float:
    """Return the summed probability of the three dangers: each alone may hide behind the others."""
    return sum(chance for intent, chance in ranking if intent in DANGERS)


def best_thresholds(expected: Sequence[str], rankings: Sequence[Ranking]) -> Thresholds:
    """Choose the thresholds on held-out lines.

    `danger`: the lowest, so the most calls heard, within FALSE_ALARMS_ALLOWED and NEAR_MISSES_ALLOWED.
    `worry`: the lowest within WORRIES_ALLOWED.
    `offer`: the best sum of what is recognised and, REJECTION_WEIGHS times, of what is out of scope and rejected. Not
    the lowest that rejects so much: in a few dozen lines one odd one would decide.
    `answer` and `margin`: of the pairs with PRECISION_WANTED, the one that answers most lines.
    """
    everything = list(zip(expected, rankings, strict=True))
    near = [danger_chance(ranking) for intent, ranking in everything if intent == NEAR_MISS]
    held_out = [(intent, ranking) for intent, ranking in everything if intent != NEAR_MISS]
    calm = [danger_chance(ranking) for intent, ranking in held_out if intent not in DANGERS]
    strange = [
        0 if best == OUT_OF_SCOPE else chance for intent, ((best, chance), *_) in held_out if intent == OUT_OF_SCOPE
    ]
    danger = max(_lowest(calm, FALSE_ALARMS_ALLOWED), _lowest(near, NEAR_MISSES_ALLOWED))
    worry = _lowest(calm, WORRIES_ALLOWED)
    known = [
        chance if best == intent else 0.0
        for intent, ((best, chance), *_) in held_out
        if intent not in (OUT_OF_SCOPE, *DANGERS)
    ]
    offer = max(_STEPS, key=lambda step: (_worth(known, strange, step), step))
    tried = [
        (right, -answer, answer, margin)
        for answer, margin in product([step for step in _STEPS if step >= offer], (0.0, 0.05, 0.1, 0.15, 0.2, 0.3))
        for precision, right in [_precision(held_out, answer, margin)]
        if precision >= PRECISION_WANTED
    ]
    _, _, answer, margin = max(tried) if tried else (0, 0, _STEPS[-1], 0.2)
    return Thresholds(answer=answer, margin=margin, offer=offer, danger=danger, worry=worry)


def _worth(known: Sequence[float], strange: Sequence[float], step: float) -> float:
    recognised, rejected = _share(one >= step for one in known), _share(one < step for one in strange)
    return round(recognised + REJECTION_WEIGHS * rejected, 6)


def _lowest(chances: Sequence[float], allowed: float) -> float:
    """Return the lowest threshold that at most the share `allowed` of `chances` reaches."""
    enough = (step for step in _STEPS if sum(chance >= step for chance in chances) <= allowed * len(chances))
    return next(enough, _STEPS[-1])


def _precision(held_out: Sequence[tuple[str, Ranking]], answer: float, margin: float) -> tuple[float, int]:
    """Return the precision of what would be answered, and how many lines would be answered rightly."""
    answered = [
        intent == ranking[0][0]
        for intent, ranking in held_out
        if ranking[0][0] != OUT_OF_SCOPE and ranking[0][1] >= answer and ranking[0][1] - ranking[1][1] >= margin
    ]
    return (sum(answered) / len(answered) if answered else 1.0), sum(answered)


@dataclass(frozen=True)
class Report:
    """Figures on a held-out file, at the thresholds of the model; rates from 0 to 1."""

    lines: int
    in_scope_accuracy: float  # the label given is the label expected, rejections count as wrong
    out_of_scope_rejected: float
    precision_of_answered: float  # of what is answered without asking back
    answered: float  # share of the lines in scope answered without asking back
    nearest_three: float  # the right one is among the three offered
    danger_recall: float
    danger_false_alarms: float
    worry_recall: float  # of the dangers, how many get at least the numbers under the answer
    worries: float  # of what is no danger
    per_intent: dict[str, dict[str, float]]
    confusions: list[tuple[str, str, int]]
    thresholds: dict[str, float]


def report(expected: Sequence[str], rankings: Sequence[Ranking], limits: Thresholds) -> Report:
    """Compare what the NLU says with what was expected, as the bot would use it."""
    given = [_label(ranking, limits) for ranking in rankings]
    pairs = list(zip(expected, given, rankings, strict=True))
    inside = [pair for pair in pairs if pair[0] != OUT_OF_SCOPE]
    outside = [pair for pair in pairs if pair[0] == OUT_OF_SCOPE]
    sure = [(e, g) for e, g, r in pairs if g != OUT_OF_SCOPE and _is_sure(r, limits)]
    sure_inside = [(e, g) for e, g, r in inside if g != OUT_OF_SCOPE and _is_sure(r, limits)]
    alarms = [(e in DANGERS, danger_chance(r) >= limits.danger) for e, _, r in pairs]
    wrong = Counter((e, g) for e, g, _ in pairs if e != g)
    return Report(
        lines=len(pairs),
        in_scope_accuracy=_share(e == g for e, g, _ in inside),
        out_of_scope_rejected=_share(g == OUT_OF_SCOPE for _, g, _ in outside),
        precision_of_answered=_share(e == g for e, g in sure),
        answered=len(sure_inside) / max(len(inside), 1),
        nearest_three=_share(e in [intent for intent, _ in r[:3]] for e, _, r in inside),
        danger_recall=_share(alarm for is_danger, alarm in alarms if is_danger),
        danger_false_alarms=_share(alarm for is_danger, alarm in alarms if not is_danger),
        worry_recall=_share(danger_chance(r) >= limits.worry for e, _, r in pairs if e in DANGERS),
        worries=_share(danger_chance(r) >= limits.worry for e, _, r in pairs if e not in DANGERS),
        per_intent={intent: _per_intent(intent, expected, given) for intent in sorted(set(expected))},
        confusions=[(e, g, times) for (e, g), times in wrong.most_common()],
        thresholds=asdict(limits),
    )


def missed(
    held_out: Iterable[tuple[str, str]], rankings: Iterable[Ranking], limits: Thresholds
) -> list[tuple[str, str]]:
    """Return each line taken for another label than its own, and for which."""
    given = (_label(ranking, limits) for ranking in rankings)
    return [(line, g) for (label, line), g in zip(held_out, given, strict=True) if g != label]


def _label(ranking: Ranking, limits: Thresholds) -> str:
    best, chance = ranking[0]
    return best if chance >= limits.offer else OUT_OF_SCOPE


def _is_sure(ranking: Ranking, limits: Thresholds) -> bool:
    return ranking[0][1] >= limits.answer and ranking[0][1] - ranking[1][1] >= limits.margin


def _share(facts: Iterable[bool]) -> float:
    values = list(facts)
    return sum(values) / len(values) if values else 1.0


def _per_intent(intent: str, expected: Sequence[str], given: Sequence[str]) -> dict[str, float]:
    right = sum(e == g == intent for e, g in zip(expected, given, strict=True))
    wanted, said = expected.count(intent), given.count(intent)
    return {"lines": wanted, "recall": right / wanted, "precision": right / said if said else 0.0}
