"""The facts: every number with its unit, origin, status and sources. No code here but the loader."""
