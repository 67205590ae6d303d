"""Webhooks: deliveries of other systems, signed as they sign, read by a mapping as events."""

from services.ingest.hooks.api import DeliveryRules, HookMetrics, hook_router
from services.ingest.hooks.loading import NO_HOOKS, Hooks, load_hooks, load_mapping
