"""Hosted zones, records and certificates."""
