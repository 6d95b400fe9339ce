"""The web tier's page, and the server that an instance runs to show it."""

from terratiers.tiers.web_server.web_page import WebPage

__all__ = ["WebPage"]
