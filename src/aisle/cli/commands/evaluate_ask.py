"""`aisle evaluate ask`: how many questions are answered as people's own queries answer them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from tyro.conf import Positional

from aisle.ask.asker import Asker
from aisle.ask.measuring import evaluate_asker, read_asked
from aisle.cli.output import notices, print_json, print_table, results
from aisle.cli.recording import Recorded
from aisle.shop.sample.settings import SIMULATED_NOTE
from aisle.storefront.place import ledger_place
from aisle.storefront.shop import Shop


@dataclass(frozen=True, kw_only=True)
class EvaluateAsk(Recorded):
    """Execution accuracy of `aisle ask` over a file of questions and the queries that people wrote for them."""

    shop: Positional[Path]
    """Directory of the shop."""
    data: Path
    """Table with `question` and `sql`; an empty `sql` is for what the shop cannot answer."""
    model: Path | None = None
    """Directory of a trained model; the shop's own if not given."""
    threshold: float | None = None
    """The confidence needed for an answer; the model's own if not given."""
    wrong: bool = False
    """Show the questions whose query finds something else."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Ask every question and compare."""
        asked = read_asked(self.data)
        with Shop.open(self.shop) as shop:
            encoder = None if shop.version is None else shop.encoder
            embed = None if encoder is None else encoder.encode
            asker = Asker(self.shop, self.model, place=ledger_place(self.shop), embed=embed)
            result = evaluate_asker(asker, asked, threshold=self.threshold)
            simulated, name = shop.simulated, shop.name
        numbers = result.as_dict() | ({"note": SIMULATED_NOTE} if simulated else {})
        self.keep("ask", name, [self.data], numbers)
        wrong = [one for one in result.outcomes if not one.right]
        if self.json:
            print_json(numbers | ({"wrong": [asdict(one) for one in wrong]} if self.wrong else {}))
            return
        results.print(result)
        if self.wrong:
            rows = [(one.question, one.gold or "(none)", one.sql or "(none)", one.confidence) for one in wrong]
            print_table("other than wanted", ("question", "wanted", "written", "confidence"), rows)
        if simulated:
            notices.print(SIMULATED_NOTE)
