"""TLS on the clinic's network: an authority of its own, the server's certificate, how tablets trust it."""
