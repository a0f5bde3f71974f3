from __future__ import annotations

from pathlib import Path

import pytest

from intakegateway.kit.folders import home as engine_home
from intakegateway.settings import SettingsError, read_settings


def test_the_data_folder_is_the_one_that_the_engine_uses(home: Path) -> None:
    assert read_settings().home == home == engine_home()


def test_without_any_setting_the_defaults_hold() -> None:
    settings = read_settings({})
    assert settings.home == Path.home() / ".intakegateway"
    assert settings.memory_budget == 64 << 20


def test_a_toml_file_is_read_and_the_environment_wins_over_it(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("memory_budget_mb = 128\n")
    environ = {"INTAKEGATEWAY_HOME": str(tmp_path)}
    assert read_settings(environ).memory_budget_mb == 128
    assert read_settings({**environ, "INTAKEGATEWAY_MEMORY_BUDGET_MB": "256"}).memory_budget_mb == 256


def test_a_value_may_be_held_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "memory").write_text("64\n")
    environ = {"INTAKEGATEWAY_MEMORY_BUDGET_MB_FILE": str(tmp_path / "memory")}
    assert read_settings(environ).memory_budget_mb == 64


@pytest.mark.parametrize("value", ["8", "lots", "-64", "1.5"])
def test_a_wrong_value_stops_the_start_and_names_the_setting(value: str) -> None:
    with pytest.raises(SettingsError, match="INTAKEGATEWAY_MEMORY_BUDGET_MB.*32 or more"):
        read_settings({"INTAKEGATEWAY_MEMORY_BUDGET_MB": value})


@pytest.mark.parametrize(
    ("content", "said"),
    [("memory = 3", "'memory' is not a setting"), ("memory_budget_mb = [", "not TOML")],
)
def test_a_wrong_file_of_settings_is_told_by_name(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(SettingsError, match=f"mine.toml.*{said}"):
        read_settings({"INTAKEGATEWAY_HOME": str(tmp_path), "INTAKEGATEWAY_CONFIG": str(path)})


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="is a file"):
        read_settings({"INTAKEGATEWAY_HOME": str(tmp_path / "file")})


def test_proxies_that_are_no_addresses_stop_the_start() -> None:
    assert read_settings({"INTAKEGATEWAY_TRUSTED_PROXIES": "10.0.0.0/8, ::1"}).trusted_proxies
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES: 'proxy' is not an address"):
        read_settings({"INTAKEGATEWAY_TRUSTED_PROXIES": "10.0.0.1,proxy"})
