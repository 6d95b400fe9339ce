"""The web tier's page, and the server that an instance runs to show it."""

from terratiers.tiers.web_server.web_page import (
    API_URL_PARAMETER,
    API_URL_PARAMETER_RULE,
    WebPage,
)

__all__ = ["API_URL_PARAMETER", "API_URL_PARAMETER_RULE", "WebPage"]
