"""``intakegateway system``: how an installation is set up."""

from __future__ import annotations

from intakegateway.cli import options as given
from intakegateway.cli.client import Server, Token, connected


def system(server: Server = None, token: Token = None, as_json: given.AsJson = False) -> int:
    """Say how the gateway is set up: its limits, what it keeps, mail, single sign-on; no secrets."""
    from intakegateway.cli.printing import shown

    with connected(server, token, "") as client:
        found = client.stats.system()
    facts = {name.replace("_", " "): getattr(found, name) for name in type(found).model_fields}
    facts["providers"] = ", ".join(one.name for one in found.providers)
    return shown(found, facts, as_json=as_json)
