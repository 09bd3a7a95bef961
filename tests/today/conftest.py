"""The demonstration clinic, for what only a busy day shows."""

from tests.demonstration.conftest import demo_app as demo_app
from tests.demonstration.conftest import person as person
from tests.demonstration.conftest import story as story
