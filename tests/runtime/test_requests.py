"""Requests are lent in the order of asking, and come back whatever happens."""

from __future__ import annotations

import threading
import time

import pytest

from aisle.runtime.requests import Requests


class Compiled:
    """Stands for a compiled model, whose requests are all that matters here."""

    def create_infer_request(self) -> object:
        return object()


def waiting(requests: Requests, number: int) -> None:
    while len(requests._waiting) < number:
        time.sleep(0.001)


def test_no_two_hold_the_same_request() -> None:
    requests = Requests(Compiled(), 2)
    with requests.one() as first, requests.one() as second:
        assert first is not second
    with requests.one() as third:
        assert third in (first, second)


def test_who_asks_first_is_served_first() -> None:
    requests, served = Requests(Compiled(), 1), list[int]()

    def ask(number: int) -> None:
        with requests.one():
            served.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(5)]
    with requests.one():
        for number, thread in enumerate(threads, 1):
            thread.start()
            waiting(requests, number)
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, 3, 4]


def test_a_failed_computation_gives_its_request_back() -> None:
    requests = Requests(Compiled(), 1)
    with pytest.raises(ZeroDivisionError), requests.one():
        raise ZeroDivisionError
    with requests.one() as request:
        assert request is not None


def test_who_gives_up_waiting_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = Requests(Compiled(), 1)
    with requests.one():
        monkeypatch.setattr(requests._changed, "wait_for", interrupted)
        with pytest.raises(KeyboardInterrupt), requests.one():
            pass
        monkeypatch.undo()
    with requests.one() as request:
        assert request is not None


def interrupted(*_: object) -> bool:
    raise KeyboardInterrupt
