"""Items pass from one thread to another, in order and never too many at once."""

import threading

import pytest

from intakegateway.kit.pump import Pump


def test_items_arrive_in_order_and_all() -> None:
    seen: list[int] = []
    with Pump(seen.append, budget=10_000) as pump:
        for number in range(50):
            pump.put(number, 8_000)
    assert seen == list(range(50))


def test_who_makes_waits_while_too_much_is_on_its_way() -> None:
    gate, most, waiting = threading.Event(), 0, 0
    lock = threading.Lock()

    def send(_item: int) -> None:
        nonlocal waiting
        gate.wait(5)
        with lock:
            waiting -= 1

    def feed(pump: Pump[int]) -> None:
        nonlocal waiting, most
        for number in range(20):
            pump.put(number, 8_000)
            with lock:
                waiting += 1
                most = max(most, waiting)

    with Pump(send, budget=3 * 8_000) as pump:
        feeder = threading.Thread(target=feed, args=(pump,))
        feeder.start()
        feeder.join(0.3)
        assert feeder.is_alive()
        assert most <= 4
        gate.set()
        feeder.join()


def test_an_error_of_who_takes_away_reaches_who_makes() -> None:
    def send(_item: int) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), Pump(send, budget=1) as pump:
        for number in range(100):
            pump.put(number, 8)


def test_an_error_of_who_makes_ends_the_other() -> None:
    sent: list[int] = []
    with pytest.raises(KeyError), Pump(sent.append, budget=1 << 30) as pump:
        pump.put(1, 8)
        raise KeyError("maker")
    assert len(sent) <= 1


def test_what_waits_is_forgotten_when_it_is_stopped_and_what_is_being_sent_is_waited_for() -> None:
    begun, gate, sent = threading.Event(), threading.Event(), []

    def send(item: int) -> None:
        begun.set()
        assert gate.wait(5)
        sent.append(item)

    pump = Pump(send, budget=1 << 30)
    pump.start()
    for number in range(5):
        pump.put(number, 8)
    assert begun.wait(5)
    threading.Timer(0.1, gate.set).start()
    pump.stop()
    assert sent == [0]
    pump.stop()  # once more does nothing


def test_one_that_never_started_is_stopped_without_waiting() -> None:
    Pump(print, budget=1).stop()
