"""GET .../models: what connections offer, and what deployments have."""

from typing import Any

from zaffre import catalog
from zaffre.api.door import Door
from zaffre.api.management.entrance import answered, enter
from zaffre.api.management.shape import CAPABILITIES, format_of
from zaffre.api.place import Place
from zaffre.core.limits import Sku
from zaffre.net.http import Request, Response
from zaffre.services.control.deployments import Offer, offers


async def of_account(door: Door, request: Request, place: Place) -> Response:
    management, _ = await enter(door, request, place)
    return answered(request, {"value": [_written(each) for each in offers(management.control.effective.config)]})


async def of_location(door: Door, request: Request, place: Place) -> Response:
    """The same, as a region's list has it."""
    management, _ = await enter(door, request, place)
    found = [_written(each) for each in offers(management.control.effective.config)]
    return answered(request, {"value": [{"model": each, "kind": "AIServices", "skuName": "S0"} for each in found]})


def _written(offer: Offer) -> dict[str, Any]:
    facts = catalog.find(offer.model)
    publisher = offer.publisher or facts.publisher
    written: dict[str, Any] = {
        "format": format_of(publisher),
        "name": offer.model,
        "publisher": publisher,
        "source": offer.connection,
        "capabilities": {CAPABILITIES[modality]: "true" for modality in facts.modalities if modality in CAPABILITIES},
        "skus": [{"name": sku.value, "usageName": f"{format_of(publisher)}.{sku.value}.{offer.model}"} for sku in Sku],
    }
    return {**written, "version": offer.version} if offer.version else written
