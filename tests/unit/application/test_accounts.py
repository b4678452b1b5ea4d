"""What a back end promises, under an account's own settings."""

from __future__ import annotations

import pytest

from techdesk.application.accounts import Profile


def test_an_accounts_own_settle_window_is_shared_out_as_the_back_ends_is() -> None:
    settling = Profile(late_commit_s=90, visibility_lag_s=30).settling_in(12)
    assert (settling.late_commit_s, settling.visibility_lag_s) == pytest.approx((9, 3))


def test_without_a_window_of_its_own_an_account_settles_as_the_back_end_does() -> None:
    profile = Profile(late_commit_s=90, visibility_lag_s=30)
    assert profile.settling_in(None) is profile
