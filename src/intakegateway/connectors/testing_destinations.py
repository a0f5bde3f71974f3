"""What every destination has to do: a suite of tests, inherited by one class for each system.

::

    class TestPostgresql(DestinationContract):
        @pytest.fixture
        def url(self, postgresql_url):
            return postgresql_url

        def run_sql(self, url, *statements): ...
        def read(self, url, query): ...

Flags say what a system has not; a test that needs it is skipped with the reason.
"""

from __future__ import annotations

from intakegateway.connectors.destination_tests.modes import ModeTests
from intakegateway.connectors.destination_tests.once import OnceTests
from intakegateway.connectors.destination_tests.refused import RefusalTests
from intakegateway.connectors.destination_tests.setting import (
    AUDITED,
    PEOPLE,
    accounted,
    framed,
    refusals,
)
from intakegateway.connectors.destination_tests.values import ValueTests

__all__ = ["AUDITED", "PEOPLE", "DestinationContract", "accounted", "framed", "refusals"]


class DestinationContract(ModeTests, OnceTests, RefusalTests, ValueTests):
    """Inherit, give ``url``, ``run_sql`` and ``read``, and set the flags."""
