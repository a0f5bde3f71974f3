from __future__ import annotations

from fastapi.testclient import TestClient


def test_a_schedule_that_is_not_saved_yet_is_shown_with_its_next_runs(client: TestClient) -> None:
    query = {"cron": "30 2 * * *", "timezone": "Europe/Berlin", "count": 100}
    shown = client.get("/api/v1/schedules/preview", params=query).json()
    assert shown["words"] == "At 02:30, every day (Europe/Berlin)"
    assert len(shown["next_runs"]) == 100
    assert shown["next_runs"][0]["local"].endswith(":30:00+01:00")


def test_the_next_runs_keep_within_the_start_and_end_that_are_asked_for(client: TestClient) -> None:
    query = {"cron": "0 6 * * *", "starts_at": "2099-03-01T00:00:00Z", "ends_at": "2099-03-03T00:00:00Z"}
    shown = client.get("/api/v1/schedules/preview", params=query).json()
    assert [one["at"] for one in shown["next_runs"]] == ["2099-03-01T06:00:00Z", "2099-03-02T06:00:00Z"]


def test_a_wrong_expression_is_answered_with_what_is_allowed(client: TestClient) -> None:
    answer = client.get("/api/v1/schedules/preview", params={"cron": "0 25 * * *"})
    assert answer.status_code == 422
    assert "field 'hour' is wrong. Allowed: 0 to 23" in answer.json()["detail"]


def test_a_calendar_is_asked_for_by_its_first_and_last_day(client: TestClient) -> None:
    answer = client.get("/api/v1/schedules/calendar", params={"from": "2026-03-01", "to": "2026-03-31"})
    assert answer.json() == {"days": [], "whole": True}
    answer = client.get("/api/v1/schedules/calendar", params={"from": "2026-03-01", "to": "2026-12-31"})
    assert answer.status_code == 422


def test_a_task_that_is_not_there_has_no_schedule(client: TestClient) -> None:
    answer = client.put("/api/v1/tasks/nothing/schedule", json={"cron": "0 6 * * *"})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "there is no task 'nothing'."


def test_a_schedule_lies_within_the_years_that_can_be_counted(client: TestClient) -> None:
    asked = {"cron": "0 0 * * *", "starts_at": "9999-12-31T00:00:00Z"}
    answer = client.get("/api/v1/schedules/preview", params=asked)
    assert answer.status_code == 422
    assert "in the years 1970 to 2999" in answer.json()["detail"]


def test_a_calendar_ends_with_the_years_that_can_be_counted(client: TestClient) -> None:
    for first, last in (("0001-01-01", "0001-01-05"), ("9999-12-30", "9999-12-31")):
        answer = client.get(
            "/api/v1/schedules/calendar", params={"from": first, "to": last, "timezone": "Asia/Tokyo"}
        )
        assert (answer.status_code, "no such days" in answer.text) == (422, True)


def test_a_duration_that_does_not_fit_is_told_in_the_units_that_people_write(client: TestClient) -> None:
    for given, path, said in (
        ({"every": "10s"}, "every", "from 1m to 366d"),
        ({"every": "2000d"}, "every", "from 1m to 366d"),
        ({"cron": "0 0 * * *", "jitter": "2d"}, "jitter", "at most 1d"),
        ({"cron": "0 0 * * *", "retry_delay": "8d"}, "retry_delay", "at most 7d"),
    ):
        answer = client.put("/api/v1/tasks/none/schedule", json=given)
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["path"]) == (422, path)
        assert said in error["message"]
