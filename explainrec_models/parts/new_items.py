"""What a system offers beside the protocol of every system if it can be asked about items outside its catalogue."""

from typing import Protocol, Self, runtime_checkable

from explainrec_models.data.new_item import NewItem


@runtime_checkable
class TakesNewItems(Protocol):
    """A fitted system that takes an item by its description, without fitting anything anew."""

    def with_item(self, item: NewItem) -> Self:
        """Return a system that scores and explains ``item`` as well; this one and its other scores stay as they are."""
        ...
