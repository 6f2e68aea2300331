"""Remit: the open system with which a clinic treats depression with ketamine and esketamine."""

__version__ = "0.1.0"
