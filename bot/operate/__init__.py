"""What an operator runs or queries: doctor, create, manifest, the HTTP server, health."""
