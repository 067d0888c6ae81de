"""What an operator runs or asks: doctor, create, manifest, the HTTP server, health."""
