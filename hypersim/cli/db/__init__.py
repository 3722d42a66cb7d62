"""`hypersim db`: the record itself, whether its server runs or not."""

import typer

from hypersim.cli.db.backup import backup, restore
from hypersim.cli.db.following import settle, status
from hypersim.cli.db.project import project
from hypersim.cli.db.replay import replay
from hypersim.cli.db.verify import verify

commands = typer.Typer(help="The record itself.", no_args_is_help=True)
for command in (status, settle, project, verify, replay, backup, restore):
    commands.command()(command)
