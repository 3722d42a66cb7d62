"""Where recordings of real markets lie: beside a checkout or above it, where there are any."""

from pathlib import Path

import pytest

FOLDERS = [folder / "shared" / "data" for folder in Path(__file__).parents]
DATA = next((folder for folder in FOLDERS if folder.exists()), FOLDERS[3])
MONTH = DATA / "BTCUSDT-1m-2022-01.zip"

needs_data = pytest.mark.skipif(not MONTH.exists(), reason=f"no recordings in {DATA}")
