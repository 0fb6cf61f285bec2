"""What stands above links and offices: what their alerts are silenced by."""

from __future__ import annotations

from monitor_fakes import make_inventory, make_link

from exporter.metrics import above
from exporter.model import Inventory, Node, Provider


def district() -> Inventory:
    """Return a core of the district's own, a provider's place under it, an own cabinet under that, a foreign uplink."""
    inventory = make_inventory(
        make_link("dinkes", "primary", parent="pop"),
        make_link("dinkes", "backup", parent="core"),
        make_link("dinsos", "primary", parent="cabinet"),
        make_link("dishub", "primary", parent=None),
        provider=Provider("isp", "ISP"),
    )
    inventory.nodes.update(
        {
            "core": Node("core", "Core", "192.0.2.1"),
            "pop": Node("pop", "POP", "192.0.2.2", provider="isp", parent="core"),
            "cabinet": Node("cabinet", "Cabinet", "192.0.2.3", parent="pop"),
        }
    )
    return inventory


def test_a_link_has_its_provider_and_the_nodes_from_the_top_down() -> None:
    inventory = district()
    assert above.of_link(inventory.offices["dinsos"].links[0], inventory) == {
        "provider": "isp",
        "level_1": "core",
        "level_2": "pop",
        "level_3": "cabinet",
    }
    assert above.of_link(inventory.offices["dishub"].links[0], inventory) == {"provider": "isp"}


def test_a_node_has_what_is_above_it_and_is_of_the_nearest_provider() -> None:
    inventory = district()
    assert above.of_node(inventory.nodes["core"], inventory) == {}
    assert above.of_node(inventory.nodes["pop"], inventory) == {"level_1": "core", "provider": "isp"}
    assert above.of_node(inventory.nodes["cabinet"], inventory) == {
        "level_1": "core",
        "level_2": "pop",
        "provider": "isp",
    }


def test_what_hangs_deeper_than_the_levels_keeps_the_nearest() -> None:
    inventory = make_inventory(make_link(parent="n8"))
    for depth in range(1, 9):
        inventory.nodes[f"n{depth}"] = Node(f"n{depth}", "", "192.0.2.1", parent=f"n{depth - 1}" if depth > 1 else None)
    assert above.of_link(inventory.offices["dinkes"].links[0], inventory) == {
        "provider": "isp",
        **{f"level_{level}": f"n{level + 2}" for level in range(1, above.LEVELS + 1)},
    }
    assert above.of_node(inventory.nodes["n8"], inventory) == {
        f"level_{level}": f"n{level + 1}" for level in range(1, above.LEVELS + 1)
    }
