"""What every test may ask for; each file of `tests/fixtures` holds one subject."""

pytest_plugins = [
    "tests.fixtures.browser",
    "tests.fixtures.cast",
    "tests.fixtures.clock",
    "tests.fixtures.database",
    "tests.fixtures.anchor",
    "tests.fixtures.live",
    "tests.fixtures.postgres",
    "tests.fixtures.strict",
]
