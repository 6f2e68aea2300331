"""Charts drawn on the server as SVG: they print, need no script, and each stands beside its table twin."""
