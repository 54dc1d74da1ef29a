import pytest

from federation import own_keys, provider_state, registry


@pytest.fixture(autouse=True)
def copies_of_this_test() -> None:
    """FS, FI and keys held by the process are those of this test, not of a transaction rolled back since."""
    registry.forget()
    own_keys.forget()
    provider_state.forget()
