"""Settings, addresses and the one application that serves Remit."""
