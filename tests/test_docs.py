"""The documentation is true: what exists is documented, what is documented exists, and what it shows runs."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
import shlex
from pathlib import Path

import pytest

import aisle
from aisle.cli.main import COMMANDS
from aisle.cli.reference import field_docs, reference

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_page_of_commands_is_written_from_the_code() -> None:
    assert (ROOT / "docs" / "commands.md").read_text() == reference(), "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


def test_every_page_is_reachable_from_the_readme() -> None:
    linked = set(re.findall(r"\]\(docs/([\w.-]+)", (ROOT / "README.md").read_text()))
    linked |= set(re.findall(r"\]\(([\w.-]+\.md)", (ROOT / "docs" / "architecture.md").read_text()))
    assert {page.name for page in PAGES[1:]} <= linked


def shell_blocks(page: Path) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_aisle_command_on_a_page_exists(page: Path) -> None:
    for line in re.findall(r"^(?: {4}|\$ )?(aisle .+)$", "\n".join(shell_blocks(page)), re.MULTILINE):
        words = shlex.split(line, comments=True)[1:]
        known = [path for path in COMMANDS if tuple(words[: len(path)]) == path]
        assert known or words[0].startswith("-"), f"{page.name}: {line}"
        flags = {word.split("=")[0] for word in words if word.startswith("--")}
        module, name = COMMANDS[known[0]][0].split(":")
        command = getattr(importlib.import_module(f"aisle.cli.commands.{module}"), name)
        allowed = {f"--{field.name.replace('_', '-')}" for field in dataclasses.fields(command)}
        allowed |= {flag.replace("--", "--no-", 1) for flag in allowed}
        assert flags <= allowed | {"--help"}, f"{page.name}: {line}"


def settings_classes() -> list[type]:
    found: dict[str, type] = {}
    for module in pkgutil.walk_packages(aisle.__path__, "aisle."):
        if module.name.rpartition(".")[2] not in ("settings", "request") and ".cli.commands." not in module.name:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == module.name:
                found[f"{module.name}.{value.__name__}"] = value
    return list(found.values())


@pytest.mark.parametrize("settings", settings_classes(), ids=lambda kind: kind.__name__)
def test_every_setting_says_what_it_is(settings: type) -> None:
    documented = field_docs(settings)
    missing = [field.name for field in dataclasses.fields(settings) if not documented.get(field.name)]
    if settings.__name__ not in ("Hit", "SearchResult"):
        assert not missing


@pytest.mark.parametrize("settings", settings_classes(), ids=lambda kind: kind.__name__)
def test_settings_cannot_be_changed_after_they_were_made(settings: type) -> None:
    assert settings.__dataclass_params__.frozen  # type: ignore[attr-defined]


FORBIDDEN = (r"/wor" + r"k/", r"/far" + r"m/", r"\.\./share" + r"d", r"bash_job" + r"s")


def test_no_path_of_a_developers_machine_is_in_the_repository() -> None:
    for path in [*ROOT.glob("*.*"), *(ROOT / "src").rglob("*.py"), *(ROOT / "docs").rglob("*.md")]:
        if path.is_file() and path.suffix in (".py", ".md", ".toml", ".txt"):
            assert not re.search("|".join(FORBIDDEN), path.read_text()), path
