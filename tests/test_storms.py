"""Three senders on PostgreSQL, 300 people due, senders killed all the time and Telegram at its worst: nobody is lost,
nobody hears it a third time."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random

import pytest
from sqlalchemy import func, select

from bot.models import Person, Planned, PlannedState
from bot.plan import CHECK_IN
from bot.services import Services
from bot.vault import Transaction, Vault, open_vault
from tests import databases
from tests.conftest import ROOT
from tests.many import DUE, many
from tests.stand_in.client import TOKEN, Control
from tests.stand_in.faults import flood, forbidden, slow

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PEOPLE, SENDERS, KILLS = 300, 3, 30
WITHIN = 120.0  # seconds
OVER = {PlannedState.SENT, PlannedState.PARKED, PlannedState.UNREACHABLE}


@pytest.fixture
async def vault(postgresql: databases.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Vault]:
    opened = await open_vault(postgresql.copy(), tmp_path_factory.mktemp("keys") / "keys.json")
    yield opened
    await opened.database.close()


class Storm:
    """Some senders, each started again when it was killed."""

    def __init__(self, vault: Vault, telegram: Control, seed: int) -> None:
        print(f"seed {seed}")
        self.vault, self.telegram, self.dice = vault, telegram, Random(seed)  # noqa: S311 - dice
        url = vault.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._command = [sys.executable, "-m", "tests.sender_process", url, str(vault.keys_file), telegram.url, TOKEN]
        self._command.append(str(time.time()))
        self._senders: list[int] = []

    async def __aenter__(self) -> "Storm":
        self._parent = subprocess.Popen(self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._senders = [self._start() for _ in range(SENDERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        with self._parent:
            self._parent.kill()
        for sender in self._senders:
            os.kill(sender, signal.SIGKILL)

    def _start(self) -> int:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(b"another\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    async def kills(self, times: int) -> None:
        """Kill -9 one sender after the other, each at a random moment of its work, and start another in its place."""
        for killed in range(times):
            await self._until(self._is_at_work)
            await asyncio.sleep(self.dice.uniform(0, 0.2))
            place = killed % SENDERS
            os.kill(self._senders[place], signal.SIGKILL)  # raises if it died by itself
            self._senders[place] = self._start()

    async def _is_at_work(self) -> bool:
        states = await self.states()
        return PlannedState.SENDING in states or set(states) <= OVER

    async def is_over(self) -> bool:
        return set(await self.states()) <= OVER

    async def states(self) -> Counter[str]:
        """Count the check-ins in each state."""
        counted = select(Planned.state, func.count()).where(Planned.rule == CHECK_IN).group_by(Planned.state)

        async def look(tx: Transaction) -> Counter[str]:
            return Counter({state: count for state, count in await tx.session.execute(counted)})  # noqa: C416 - no mapping

        return await self.vault.read(look, now=DUE)

    async def state_of(self) -> dict[int, str]:
        """Return the state of each person's check-in, by chat."""

        async def look(tx: Transaction) -> dict[int, str]:
            rows = select(Person, Planned.state).join(Planned, Planned.person_id == Person.id)
            found = await tx.session.execute(rows.where(Planned.rule == CHECK_IN))
            return {int(tx.unseal(person, "chat") or 0): state for person, state in found}

        return await self.vault.read(look, now=DUE)

    async def ends(self) -> None:
        await self._until(self.is_over)

    async def _until(self, fact: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(WITHIN):
            while not await fact():  # noqa: ASYNC110 - it is another process that changes it
                await asyncio.sleep(0.05)

    async def copies(self) -> Counter[int]:
        """How many copies of the check-in Telegram took for each chat."""
        taken = [call for call in await self.telegram.calls("sendMessage") if call.accepted]
        return Counter(int(call.chat_id or 0) for call in taken)


async def everybody(services: Services, vault: Vault, telegram: Control) -> list[int]:
    chats = await many(vault, services.library.plan, services.places, PEOPLE)
    for chat in chats:
        await telegram.user(chat)
    return chats


async def test_without_accident_three_senders_say_it_once_to_each(
    services: Services, vault: Vault, telegram: Control
) -> None:
    chats = await everybody(services, vault, telegram)
    async with Storm(vault, telegram, seed=0) as storm:
        await storm.ends()
        assert await storm.copies() == dict.fromkeys(chats, 1)
        assert await storm.states() == {PlannedState.SENT: PEOPLE}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_senders_are_killed_and_nobody_is_lost(
    services: Services, vault: Vault, telegram: Control, seed: int
) -> None:
    chats = await everybody(services, vault, telegram)
    async with Storm(vault, telegram, seed) as storm:
        for chat in chats:  # slow, so that a kill finds messages before, on and after the wire
            late = slow(storm.dice.uniform(0.1, 0.7), accepted=storm.dice.random() < 0.5)
            await telegram.fault(late, "sendMessage", chat, times=None)
        await storm.kills(KILLS)
        await telegram.clear_faults()
        await storm.ends()
        await _nobody_is_lost(storm, chats)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_telegram_refuses_floods_and_times_out_while_senders_are_killed(
    services: Services, vault: Vault, telegram: Control, seed: int
) -> None:
    chats = await everybody(services, vault, telegram)
    blocked = []
    async with Storm(vault, telegram, seed) as storm:
        for chat in chats:
            match storm.dice.randrange(12):
                case 0:
                    await telegram.fault(flood(1), "sendMessage", chat)
                case 1:
                    await telegram.fault(slow(1.5, accepted=True), "sendMessage", chat)  # longer than a sender waits
                case 2:
                    await telegram.fault(forbidden(), "sendMessage", chat, times=None)
                    blocked.append(chat)
        await storm.kills(10)
        await storm.ends()
        state_of = await storm.state_of()
        assert [chat for chat in blocked if state_of[chat] != PlannedState.UNREACHABLE] == []
        await _nobody_is_lost(storm, [chat for chat in chats if chat not in blocked])


async def _nobody_is_lost(storm: Storm, chats: list[int]) -> None:
    copies, state_of = await storm.copies(), await storm.state_of()
    spread = Counter(copies[chat] for chat in chats)
    parked = [chat for chat in chats if state_of[chat] == PlannedState.PARKED]
    print(f"copies → people: {dict(sorted(spread.items()))}; parked: {len(parked)}")
    assert [chat for chat in chats if copies[chat] == 0 and chat not in parked] == []
    assert max(spread) <= 2
