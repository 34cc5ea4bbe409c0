"""Run every benchmark, print what was measured beside its goal, keep it in bench/results/."""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import deliveries, home, inbound
from fedi import clock

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="store 50,000 posts, not a million")
    quick = asked.parse_args().quick
    load = os.getloadavg()[0]
    found = {
        "inbound": inbound.run(),
        "deliveries": deliveries.run(),
        "home": home.run(stored=50_000 if quick else home.STORED),
    }
    Console().print(_table(found))
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{clock.now():%Y-%m-%d}.json"
    file.write_text(json.dumps({"load_before": load, **found}, indent=2))
    print(f"load average before: {load:.1f}; kept in {file}")


def _table(found: dict[str, Any]) -> Table:
    table = Table(title="CPU of fedi and its database together")
    for name in ("what", "measured", "goal"):
        table.add_column(name)
    accept, apply = found["inbound"]["accept"], found["inbound"]["apply"]
    table.add_row("accepted and stored", _rate(accept), f"{inbound.ACCEPT_GOAL:,}/s")
    table.add_row("applied, in a timeline", _rate(apply), f"{inbound.APPLY_GOAL:,}/s")
    table.add_row("signed and delivered", _rate(found["deliveries"]), f"{deliveries.GOAL:,}/s")
    table.add_row(
        "queued for 10,000 followers",
        f"{found['deliveries']['queue_ms']:.0f} ms,"
        f" {found['deliveries']['queue_statements']} statements",
        "200 ms",
    )
    page = found["home"]["home"]
    table.add_row("home timeline of 40", f"{page['cpu_ms']:.2f} ms", f"{home.GOAL_MS} ms")
    table.add_row("a post, for 300 followers", f"{found['home']['post']['cpu_ms']:.2f} ms", "")
    return table


def _rate(one: dict[str, Any]) -> str:
    return f"{one['per_cpu_second']:,.0f}/s per core"


if __name__ == "__main__":
    main()
