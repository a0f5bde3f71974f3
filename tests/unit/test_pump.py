import threading

import polars as pl
import pytest

from intakegateway.engine.pump import Pump

FRAME = pl.DataFrame({"a": list(range(1000))})
ROWS = FRAME["a"]


def test_batches_arrive_in_order_and_all() -> None:
    seen: list[int] = []
    with Pump(lambda batch, rows: seen.append(rows[0]), budget=10_000) as pump:
        for number in range(50):
            pump.put(FRAME, ROWS + number)
    assert seen == list(range(50))
    assert pump.rows == 50_000


def test_the_reader_waits_while_too_much_is_on_its_way() -> None:
    gate, most, waiting = threading.Event(), 0, 0
    lock = threading.Lock()

    def send(batch: pl.DataFrame, rows: pl.Series) -> None:
        nonlocal waiting
        gate.wait(5)
        with lock:
            waiting -= 1

    def feed(pump: Pump) -> None:
        nonlocal waiting, most
        for _ in range(20):
            pump.put(FRAME, ROWS)
            with lock:
                waiting += 1
                most = max(most, waiting)

    with Pump(send, budget=3 * FRAME.estimated_size()) as pump:
        feeder = threading.Thread(target=feed, args=(pump,))
        feeder.start()
        feeder.join(0.3)
        assert feeder.is_alive()
        assert most <= 4
        gate.set()
        feeder.join()


def test_an_error_of_the_writer_reaches_the_reader() -> None:
    def send(batch: pl.DataFrame, rows: pl.Series) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), Pump(send, budget=1) as pump:
        for _ in range(100):
            pump.put(FRAME, ROWS)


def test_an_error_of_the_reader_ends_the_writer() -> None:
    sent: list[int] = []
    with pytest.raises(KeyError), Pump(lambda batch, rows: sent.append(1), budget=1 << 30) as pump:
        pump.put(FRAME, ROWS)
        raise KeyError("reader")
    assert len(sent) <= 1
