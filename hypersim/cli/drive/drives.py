"""What one call of `hypersim drive` drives: a bot once, or under many seeds."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from hypersim.cli.admin_client import AdminClient
from hypersim.cli.drive import golden
from hypersim.cli.drive.driving import (
    Ended,
    Look,
    drive_once,
    look_no_further,
    what_was_filled,
    what_was_sent,
)
from hypersim.cli.drive.faults import Fault, write
from hypersim.cli.drive.report import print_difference, print_report
from hypersim.cli.drive.seeds import fewest_faults, first_failing
from hypersim.cli.run.exchange import Account
from hypersim.cli.run.options import Wanted


class Files(NamedTuple):
    """Where it is written, of the drive that is reported, what the bot did."""

    golden: Path | None = None
    junit: Path | None = None
    har: Path | None = None


DriveOnce = Callable[[Wanted, int | None, Sequence[Fault], Look], Ended]
"""See `drive_once`."""


class Drives:
    """All of one call of the command."""

    def __init__(self, wanted: Wanted, files: Files, drive: DriveOnce = drive_once) -> None:
        self._wanted = wanted
        self._files = files
        self._drive = drive
        self._is_as_before = True

    def once(self, seed: int | None, faults: Sequence[Fault]) -> int:
        """Returns the exit status."""
        ended = self._drive(self._wanted, seed, faults, self._look)
        print_report(ended)
        return ended.exit_status if self._is_as_before else ended.exit_status or 1

    def many(self, seeds: range, faults: Sequence[Fault]) -> int:
        """Returns the exit status: that of the first seed that fails."""
        found = first_failing(seeds, faults, self._quietly)
        if found is None:
            print(f"drive: all of {len(seeds)} seeds passed")
            return 0
        seed, failed = found
        if failed.never_began:
            return failed.exit_status
        fewest = fewest_faults(seed, failed, faults, self._quietly)
        path = Path(f"faults-of-seed-{seed}.json")
        write(path, fewest)
        ended = self._drive(self._wanted, seed, fewest, self._look)
        is_again = ended.is_like(failed)
        print_report(ended if is_again else failed)
        if not is_again:
            print("drive: the last time it passed: it depends on how fast the machine is, too")
        print(f"drive: seed {seed} fails with {len(fewest)} of {len(faults)} faults: {path}")
        print(f"again: {_again(self._wanted, seed, path)}")
        return failed.exit_status

    def _quietly(self, seed: int, faults: Sequence[Fault]) -> Ended:
        return self._drive(self._wanted, seed, faults, look_no_further)

    def _look(self, admin: AdminClient, account: Account) -> None:
        files = self._files
        if files.junit is not None:
            files.junit.write_bytes(admin.fetch("/admin/clients.xml"))
        if files.har is not None:
            files.har.write_bytes(admin.fetch("/admin/requests.har"))
        if files.golden is not None:
            self._compare(files.golden, admin, account)

    def _compare(self, path: Path, admin: AdminClient, account: Account) -> None:
        now = golden.told(what_was_sent(admin), what_was_filled(admin, account))
        before = golden.read(path)
        if before is None:
            golden.write(path, now)
            print(f"golden: {path} is written, {len(now)} lines")
        elif (found := golden.first_difference(before, now)) is not None:
            print_difference(found)
            self._is_as_before = False
        else:
            print(f"golden: as in {path}, {len(now)} lines")


def _again(wanted: Wanted, seed: int, path: Path) -> str:
    """The command that has it happen again."""
    options = ["--seed", str(seed), "--faults", str(path)]
    if wanted.speed is not None:
        options += ["--speed", f"{wanted.speed:g}"]
    if wanted.start is not None:
        options += ["--start", wanted.start]
    if wanted.for_ms is not None:
        options += ["--for", f"{wanted.for_ms}ms"]
    for asset, amount in wanted.balances.items():
        options += ["--balance", f"{asset}={amount}"]
    return shlex.join(["hypersim", "drive", *options, "--", *wanted.command])
