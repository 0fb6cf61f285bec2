"""What stands above links and offices: what their alerts are silenced by."""

from __future__ import annotations

from datetime import date

from monitor_fakes import make_inventory, make_link

from exporter.metrics import above
from exporter.model import Inventory, Node, Provider

TODAY = date(2026, 11, 30)


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


def shared_by(inventory: Inventory, *links: str) -> dict[str, str]:
    """Return what is above a provider that has these links alone."""
    offices = {code: office for code, office in inventory.offices.items() if code in links}
    alone = Inventory(inventory.organisation, inventory.providers, offices, inventory.nodes)
    return above.of_provider(inventory.providers["isp"], alone, TODAY)


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


def test_a_link_whose_time_is_over_decides_nothing_of_its_provider() -> None:
    inventory = district()
    over = make_link("dishub", "old", parent=None, valid_to=date(2026, 11, 29))
    to_come = make_link("dishub", "new", parent=None, valid_from=date(2026, 12, 1))
    primary = make_link("dinkes", "primary", parent="core")
    with_old = make_inventory(over, to_come, primary, provider=inventory.providers["isp"])
    with_old.nodes.update(inventory.nodes)
    assert above.of_provider(inventory.providers["isp"], with_old, TODAY) == {"level_1": "core"}


def test_a_provider_has_the_nodes_of_nobody_s_that_all_its_links_hang_from() -> None:
    inventory = district()
    assert shared_by(inventory, "dinkes", "dinsos") == {"level_1": "core"}
    assert shared_by(inventory, "dinsos") == {"level_1": "core"}
    assert shared_by(inventory, "dinkes", "dishub") == {}
    assert shared_by(inventory) == {}


def test_what_hangs_deeper_than_the_levels_keeps_the_topmost() -> None:
    inventory = make_inventory(make_link(parent="n8"))
    for depth in range(1, 9):
        inventory.nodes[f"n{depth}"] = Node(f"n{depth}", "", "192.0.2.1", parent=f"n{depth - 1}" if depth > 1 else None)
    levels = {f"level_{depth}": f"n{depth}" for depth in range(1, above.LEVELS + 1)}
    assert above.of_link(inventory.offices["dinkes"].links[0], inventory) == {"provider": "isp", **levels}
    assert above.of_node(inventory.nodes["n8"], inventory) == levels
