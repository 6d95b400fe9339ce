"""The emulator on this machine: start it, apply every tier to it, show it, stop it."""
