from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from intakegateway.bootstrap import Gateway
from intakegateway.kit.secretbox import SecretBox, key_id, new_key, read_key
from intakegateway.model.actor import Actor
from intakegateway.model.errors import ConflictError, DefinitionError
from intakegateway.model.views.connections import ConnectionDraft
from intakegateway.services.connections import configured
from intakegateway.services.keys import Keys
from intakegateway.services.sealing import opened, sealed
from intakegateway.store.tables.definitions import Connection, Notification, Task, TaskVersion
from intakegateway.store.tables.people import SignIn
from intakegateway.store.tables.runs import Run
from intakegateway.store.tables.service import Fact

SECRET = "planted-secret"


@pytest.fixture
def keys(gateway: Gateway) -> Keys:
    return Keys(gateway.context.database, gateway.keyring)


def plant(gateway: Gateway, admin: Actor, project: str) -> tuple[str, str]:
    """A secret in every place that has one; the ids of a connection and a task."""
    box = gateway.context.box()
    config = {"host": "h", "database": "d", "password": SECRET}
    made = gateway.connections.create(
        admin, project, ConnectionDraft(name="c", kind="postgresql", config=config)
    )
    with gateway.context.database.write() as session:
        note = Notification(project_id=project, name="n", kind="webhook")
        task = Task(project_id=project, name="t")
        sign_in = SignIn(provider="p", state_hash="s", sealed="", expires_at=gateway.context.now())
        session.add_all([note, task, sign_in])
        session.flush()
        note.secrets = {"secret": box.seal(SECRET, "notifications", note.id, "secret")}
        task.push_secret = box.seal(SECRET, "tasks", task.id, "push_secret")
        sign_in.sealed = box.seal(SECRET, "sign_ins", sign_in.state_hash)
        spec = {
            "source": {"url": "https://x", "auth": {"type": "bearer", "token": SECRET}},
            "load": {"table": "t"},
        }
        kept = sealed(spec, box, ("task_versions", task.id))
        session.add(TaskVersion(task_id=task.id, number=1, spec=kept))
        session.add(Fact(name="callbacks", value={"sealed": box.seal(SECRET, "facts", "callbacks")}))
        session.add(Run(project_id=project, task_id=task.id, task_name="t", spec=kept, load_id="l"))
        return made.id, task.id


def read_all(gateway: Gateway, connection_id: str, task_id: str) -> list[object]:
    box = gateway.context.box()
    with gateway.context.database.read() as session:
        found: list[object] = [
            configured(gateway.context, session.get_one(Connection, connection_id))[1]["password"]
        ]
        found.extend(
            opened(row.spec, box, ("task_versions", task_id))["source"]["auth"]["token"]
            for row in (*session.query(TaskVersion), *session.query(Run))
        )
        note, task, sign_in = (
            session.query(Notification).one(),
            session.get_one(Task, task_id),
            session.query(SignIn).one(),
        )
        found.append(box.open(note.secrets["secret"], "notifications", note.id, "secret"))
        found.append(box.open(task.push_secret or "", "tasks", task_id, "push_secret"))
        found.append(box.open(sign_in.sealed, "sign_ins", sign_in.state_hash))
        found.append(box.open(session.get_one(Fact, "callbacks").value["sealed"], "facts", "callbacks"))
    return found


def test_everything_is_sealed_anew_and_the_old_key_can_be_forgotten(
    gateway: Gateway, admin: Actor, project: str, keys: Keys
) -> None:
    connection_id, task_id = plant(gateway, admin, project)
    old = key_id(gateway.keyring.box().keys[0])
    tally = keys.rotate(forget=True)
    assert (tally.resealed, dict(tally.unreadable)) == (7, {})
    names, found = keys.status()
    assert len(names) == 1
    assert old not in names
    assert dict(found.by_key) == {names[0]: 7}
    assert read_all(gateway, connection_id, task_id) == [SECRET] * 7


def test_a_rotation_is_no_change_for_those_who_edit(
    gateway: Gateway, admin: Actor, project: str, keys: Keys
) -> None:
    connection_id, _ = plant(gateway, admin, project)
    before = gateway.connections.get(admin, project, connection_id)
    keys.rotate()
    assert gateway.connections.get(admin, project, connection_id) == before


def test_a_rotation_that_was_ended_in_the_middle_goes_on(
    gateway: Gateway, admin: Actor, project: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id, task_id = plant(gateway, admin, project)
    seal, left = SecretBox.seal, [3]

    def dying(self: SecretBox, clear: str, *place: str) -> str:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return seal(self, clear, *place)

    with monkeypatch.context() as patched:
        patched.setattr(SecretBox, "seal", dying)
        with pytest.raises(KeyboardInterrupt):
            keys.rotate(forget=True)
    assert read_all(gateway, connection_id, task_id) == [SECRET] * 7
    keys.rotate(new=False, forget=True)
    assert read_all(gateway, connection_id, task_id) == [SECRET] * 7
    assert len(keys.status()[0]) == 1


def test_no_key_is_forgotten_while_a_secret_does_not_open(
    gateway: Gateway, admin: Actor, project: str, keys: Keys
) -> None:
    connection_id, _ = plant(gateway, admin, project)
    lost = SecretBox([read_key(new_key())]).seal("x" * 30, "connections", connection_id, "other")
    with gateway.context.database.write() as session:
        found = session.get_one(Connection, connection_id)
        found.secrets = {**found.secrets, "other": lost}
    with pytest.raises(ConflictError, match=r"connections\.secrets \(1\)"):
        keys.rotate(forget=True)
    assert len(keys.status()[0]) == 2
    with (
        gateway.context.database.read() as session,
        pytest.raises(DefinitionError, match="'other'.*not in secret.key of the data folder"),
    ):
        configured(gateway.context, session.get_one(Connection, connection_id))


def test_people_work_on_while_keys_are_rotated(
    gateway: Gateway, admin: Actor, project: str, keys: Keys
) -> None:
    made: list[str] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set() and len(made) < 200:
            config = {"host": "h", "database": "d", "password": f"{SECRET}-{len(made)}"}
            draft = ConnectionDraft(name=f"c{len(made)}", kind="postgresql", config=config)
            made.append(gateway.connections.create(admin, project, draft).id)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(3):
            keys.rotate(forget=True)
    finally:
        stop.set()
        worker.join()
    assert made
    with gateway.context.database.read() as session:
        for number, one in enumerate(made):
            config = configured(gateway.context, session.get_one(Connection, one))[1]
            assert config["password"] == f"{SECRET}-{number}"


def test_status_tells_nothing_of_the_keys_themselves(gateway: Gateway, keys: Keys) -> None:
    names, _ = keys.status()
    key = gateway.keyring.path.read_text().strip()
    assert names[0] not in key
    with gateway.context.database.read() as session:
        assert key not in str(session.execute(text("SELECT * FROM facts")).all())
