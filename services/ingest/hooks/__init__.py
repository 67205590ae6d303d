"""Webhooks: deliveries of other systems, signed as they sign, read by a mapping as events."""

from services.ingest.hooks.api import MOST_BODY_BYTES, DeliveryRules, HookMetrics, hook_router
from services.ingest.hooks.loading import NO_HOOKS, load_hooks, load_mapping
