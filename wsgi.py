"""What the server serves: `wsgi:app`."""

from safety import create_app

app = create_app()
