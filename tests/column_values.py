"""Columns of texts that look like something: for property tests."""

from datetime import UTC

from hypothesis import strategies as st

_numbers = st.one_of(
    st.integers().map(str),
    st.sampled_from(["-0", "-0.0", "-0.00", "-.0", "0", "-0,0", "0.0", "12", "1.5", "1e3"]),
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.decimals(places=2, min_value=-(10**8), max_value=10**8).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"\A-?[0-9]{1,3}(\.[0-9]{3}){0,2}(,[0-9]{1,4})?\Z"),
    st.from_regex(r"\A[-+]?[0-9]{1,22}(\.[0-9]{0,20})?([eE][-+]?[0-9]{1,3})?\Z"),
)
_times = st.one_of(
    st.dates().map(str),
    st.datetimes().map(str),
    st.datetimes(timezones=st.sampled_from([UTC])).map(lambda d: d.isoformat()),
    st.times().map(str),
    st.from_regex(
        r"\A[0-9]{4}-[0-3][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-6][0-9](:[0-6][0-9])?(Z|[+-][0-2][0-9])?)?\Z"
    ),
    st.from_regex(r"\A[0-3]?[0-9][./-][0-3]?[0-9][./-]([0-9]{2}){1,2}\Z"),
)
_other = st.one_of(
    st.sampled_from(["true", "False", "YES", "no", "t", "f", "0", "1", "N/A", "NULL", "007", "", " "]),
    st.uuids().map(str),
    st.text(max_size=5),
    st.sampled_from(['{"a":1}', "[1,2]", "[1,", "{}"]),
)
columns = st.one_of(
    *(st.lists(kind, min_size=1, max_size=12) for kind in (_numbers, _times, _other)),
    *(st.lists(st.one_of(kind, _other), min_size=1, max_size=6) for kind in (_numbers, _times)),
)
