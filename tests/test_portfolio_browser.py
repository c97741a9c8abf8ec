"""The portfolio in Chromium: pictures, tables, files and where each mark leads, for each kind of reader."""

import base64
import csv
import datetime as dt
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from audit.models import AuditEvent
from customers import roles
from customers.models import Customer
from customers.tests.factories import CustomerFactory
from interventions.tests import portfolios, staff
from interventions.tests.factories import CurrentRiskFactory
from risk.levels import Level
from risk.models import CurrentRisk, PortfolioCounting, RiskTrendPoint
from risk.portfolio.services import counts_record
from tests import console
from tests.console import Server
from tests.databases import TestDatabase
from tests.test_console_browser import Complaints, violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
LONG_CITY = "Thiruvananthapuram-Venkatanarasimharajuvaripeta Cantonment E"
CHARTS = ["hardship-levels", "hardships", "segments", "dues", "loss-by-city", "trend-24h"]
DRAWN = "window.echarts.getInstanceByDom(document.getElementById('chart-{}-canvas')).getOption()"
# Where the first mark of a level in a bar chart is, in the pixels of the page, and its number.
PLACE_OF_MARK = """
([key, series]) => {
  const place = document.getElementById(`chart-${key}-canvas`);
  const picture = window.echarts.getInstanceByDom(place);
  const { series: drawn } = picture.getOption();
  const category = drawn[series].data.findIndex((value) => value > 0);
  const before = drawn.slice(0, series).reduce((sum, each) => sum + each.data[category], 0);
  const value = before + drawn[series].data[category] / 2;
  const [x, y] = picture.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [value, category]);
  const box = place.getBoundingClientRect();
  return [box.x + x, box.y + y, drawn[series].data[category]];
}
"""

# What a chart over time calls its moments, and which of these are written below it, each with its left and right edge.
LABELS_OF_TIME = """
(key) => {
  const picture = window.equilibrateCharts.pictureOf(key);
  const { categories } = JSON.parse(document.getElementById(`chart-${key}-data`).textContent);
  const written = picture.getZr().storage.getDisplayList(true)
    .filter((each) => categories.includes(each.style.text) && !each.ignore && !each.invisible)
    .map((each) => {
      const box = each.getBoundingRect().clone();
      box.applyTransform(each.getComputedTransform());
      return [each.style.text, box.x, box.x + box.width];
    });
  return [categories, written.sort((one, other) => one[1] - other[1])];
}
"""
# How wide and how high a picture is, and how many colours it has.
OF_PICTURE = """
async (encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.codePointAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const pen = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  pen.drawImage(picture, 0, 0);
  const dots = new Uint32Array(pen.getImageData(0, 0, picture.width, picture.height).data.buffer);
  return [picture.width, picture.height, new Set(dots).size];
}
"""


@pytest.fixture(scope="module")
def server(test_database: TestDatabase, django_db_setup: None) -> Iterator[Server]:
    made = Server({**os.environ, **test_database.environment()})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def bank(transactional_db: None) -> list[User]:
    """A counted bank with a history of its levels, a long name of a city and a Hindi one."""
    managers = portfolios.bank(120)
    for city in (LONG_CITY, "मुंबई"):
        for customer in Customer.objects.exclude(loans=None).order_by("pk")[len(city) % 7 :: 17]:
            Customer.objects.filter(pk=customer.pk).update(city=city)
    now = timezone.now().replace(second=0, microsecond=0)
    for minute in range(0, 1440, 7):
        for level in Level:
            at = now - dt.timedelta(minutes=minute)
            RiskTrendPoint.objects.create(at=at, level=level, customers=20 * level + minute // 50)
    assert counts_record()
    return managers


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def browser_page(page: Page, complaints: Complaints) -> Iterator[Page]:
    """A browser in which afterwards nothing may have been blocked or have failed."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    yield page
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


def readers(bank: list[User]) -> dict[str, User]:
    return {
        "manager": bank[0],
        "supervisor": staff.supervisor(),
        "compliance": staff.user("compliance", roles.COMPLIANCE_OFFICERS),
        "analyst": staff.user("analyst", roles.ANALYSTS),
    }


def open_portfolio(page: Page, server: Server, reader: User, query: str = "") -> None:
    console.enter(page, server, reader, f"/portfolio/{query}")
    expect(page.locator("[data-portfolio=ready]")).to_be_visible()
    expect(page.locator("#chart-hardship-levels-canvas canvas")).to_be_visible()


def count_anew() -> None:
    """Count everybody once more, however long the last count took here: soon after a long one none is made."""
    PortfolioCounting.objects.update(took_ms=0)
    assert counts_record()


def figure(page: Page, key: str) -> Any:
    return page.locator(f"[data-chart={key}]")


def queue_count(page: Page) -> int:
    """The number that the queue says, beside its heading."""
    text = page.locator(".queue-head .summary").inner_text()
    found = re.search(r"[\d,]+", text)
    return int(found.group().replace(",", "")) if found else 0


@pytest.mark.parametrize("role", ["manager", "supervisor", "compliance", "analyst"])
def test_click_on_a_mark_opens_a_queue_of_as_many(
    server: Server, bank: list[User], browser_page: Page, role: str
) -> None:
    page = browser_page
    open_portfolio(page, server, readers(bank)[role])
    for key, series in (("hardship-levels", 1), ("segments", 0), ("dues", 2)):
        figure(page, key).scroll_into_view_if_needed()
        x, y, customers = page.evaluate(PLACE_OF_MARK, [key, series])
        assert customers > 0

        page.mouse.click(x, y)

        page.wait_for_url(re.compile("/queue/"))
        assert queue_count(page) == customers
        page.go_back()
        expect(page.locator(f"#chart-{key}-canvas canvas")).to_be_visible()


@pytest.mark.parametrize("role", ["manager", "supervisor"])
def test_move_between_levels_opens_a_queue_of_as_many(
    server: Server, bank: list[User], browser_page: Page, role: str
) -> None:
    page = browser_page
    open_portfolio(page, server, readers(bank)[role])
    for number in range(12):
        cell = page.locator(".way a").nth(number)
        customers = int(cell.inner_text())
        cell.click()
        page.wait_for_url(re.compile("was="))
        assert queue_count(page) == customers, page.url
        page.go_back()
        expect(page.locator("[data-portfolio=ready]")).to_be_visible()


def test_table_holds_the_numbers_of_the_picture_and_of_the_file(
    server: Server, bank: list[User], browser_page: Page, tmp_path: Path
) -> None:
    page = browser_page
    open_portfolio(page, server, staff.supervisor())
    for key in CHARTS:
        chart = figure(page, key)
        chart.get_by_role("button", name="Table").click()
        expect(chart.locator("table")).to_be_visible()
        expect(chart.locator("canvas")).to_be_hidden()
        shown = chart.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.children].map(c => c.innerText))"
        )
        data = page.evaluate(f"JSON.parse(document.getElementById('chart-{key}-data').textContent)")
        drawn = [each["texts"] for each in data["series"]]
        assert [row[0] for row in shown] == data["categories"]
        assert [row[1 : len(drawn) + 1] for row in shown] == [list(each) for each in zip(*drawn, strict=True)]

        with page.expect_download() as taken:
            chart.get_by_role("link", name="CSV").click()
        taken.value.save_as(tmp_path / f"{key}.csv")
        with (tmp_path / f"{key}.csv").open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.reader(lines))[1:]
        plain = [[re.sub(r"[₹,]", "", text).replace("–", "") for text in row[1:]] for row in shown]
        assert [row[1:] for row in rows] == plain
    assert AuditEvent.objects.filter(action="portfolio.exported").count() == len(CHARTS)


def test_picture_is_saved(server: Server, bank: list[User], browser_page: Page, tmp_path: Path) -> None:
    open_portfolio(browser_page, server, staff.supervisor())
    with browser_page.expect_download() as taken:
        figure(browser_page, "dues").get_by_role("button", name="PNG").click()

    taken.value.save_as(tmp_path / "dues.png")
    assert (tmp_path / "dues.png").read_bytes().startswith(b"\x89PNG")
    assert taken.value.suggested_filename == "dues.png"
    # The title was the file's alone.
    assert browser_page.evaluate(DRAWN.format("dues")).get("title", []) == []
    canvas = figure(browser_page, "dues").locator("canvas")
    assert canvas.evaluate("canvas => canvas.clientHeight === canvas.closest('.chart-canvas').clientHeight")
    if directory := os.environ.get("SCREENSHOT_DIRECTORY"):
        (Path(directory) / "dues-saved.png").write_bytes((tmp_path / "dues.png").read_bytes())


def test_matrix_is_saved_as_a_picture_of_what_it_shows(
    server: Server, bank: list[User], browser_page: Page, tmp_path: Path
) -> None:
    open_portfolio(browser_page, server, staff.supervisor())
    for look in console.each_look(browser_page, 1440, 360):
        with browser_page.expect_download() as taken:
            browser_page.locator(".matrix").get_by_role("button", name="PNG").click()

        assert taken.value.suggested_filename == "moves.png"
        taken.value.save_as(tmp_path / "matrix.png")
        picture = base64.b64encode((tmp_path / "matrix.png").read_bytes()).decode()
        width, height, colours = browser_page.evaluate(OF_PICTURE, picture)
        table = browser_page.locator(".matrix table").bounding_box()
        assert table is not None
        assert width > 2 * table["width"], look
        assert height > 2 * table["height"], look
        # Words have soft edges, of many colours; an empty picture has one.
        assert colours > 50, look
        if directory := os.environ.get("SCREENSHOT_DIRECTORY"):
            (Path(directory) / f"matrix-saved-{look}.png").write_bytes((tmp_path / "matrix.png").read_bytes())


def test_change_arrives_and_a_table_stays_a_table(
    server: Server, bank: list[User], browser_page: Page
) -> None:
    page = browser_page
    open_portfolio(page, server, staff.supervisor())
    page.evaluate("document.querySelector('#region').dataset.liveEvery = '100'")
    chart = figure(page, "hardships")
    chart.get_by_role("button", name="Table").click()
    canvas = page.locator("#chart-hardship-levels-canvas canvas").element_handle()
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    CurrentRisk.objects.update(hardship=4)
    count_anew()

    console.announce()

    expect(chart.locator("tbody tr").first).to_contain_text("Over-leverage")
    expect(chart.locator("tbody tr").first).to_contain_text("120")
    expect(chart.get_by_role("button", name="Table")).to_have_attribute("aria-pressed", "true")
    expect(chart.locator("canvas")).to_be_hidden()
    # Drawn anew in the same place, not torn out and put back.
    assert canvas.evaluate("canvas => canvas.isConnected")
    assert canvas.evaluate("canvas => canvas.toDataURL()") != before


def test_picture_behind_a_table_takes_the_change_too(
    server: Server, bank: list[User], browser_page: Page
) -> None:
    page = browser_page
    open_portfolio(page, server, staff.supervisor())
    page.evaluate("document.querySelector('#region').dataset.liveEvery = '100'")
    chart = figure(page, "hardship-levels")
    chart.get_by_role("button", name="Table").click()
    CurrentRisk.objects.update(hardship=4)
    count_anew()
    console.announce()
    expect(chart.locator("tbody tr").first).to_contain_text("Over-leverage")

    chart.get_by_role("button", name="Table").click()

    expect(chart.locator("canvas")).to_be_visible()
    # Drawn once its size is known, in a frame of the browser's choosing. Found by its key: a swap takes
    # off the element what ECharts would find it by.
    page.wait_for_function(
        "wanted => window.equilibrateCharts.pictureOf('hardship-levels').getOption().yAxis[0].data[0] === wanted",
        arg="Over-leverage",
    )


def test_theme_recolours_the_pictures(server: Server, bank: list[User], browser_page: Page) -> None:
    page = browser_page
    page.emulate_media(color_scheme="light")
    open_portfolio(page, server, staff.supervisor())
    colour = (
        "window.echarts.getInstanceByDom(document.getElementById('chart-dues-canvas'))"
        ".getOption().series[0].itemStyle.color"
    )
    light = page.evaluate(colour)

    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")

    page.wait_for_function(f"{colour} !== '{light}'")


@pytest.mark.parametrize("width", [1440, 1024, 360])
def test_first_and_last_label_of_a_time_axis_always_stand(
    server: Server, bank: list[User], browser_page: Page, width: int
) -> None:
    browser_page.set_viewport_size({"width": width, "height": 900})
    open_portfolio(browser_page, server, staff.supervisor())
    expect(browser_page.locator("#chart-trend-24h-canvas canvas")).to_be_visible()

    categories, labels = browser_page.evaluate(LABELS_OF_TIME, "trend-24h")

    assert len(categories) > len(labels) > 1
    assert (labels[0][0], labels[-1][0]) == (categories[0], categories[-1])
    # None lies upon the one before it.
    assert all(before[2] <= after[1] for before, after in pairwise(labels))


def test_split_and_window_stand_in_the_address(server: Server, bank: list[User], browser_page: Page) -> None:
    page = browser_page
    open_portfolio(page, server, staff.supervisor())

    page.get_by_role("link", name="Relationship manager", exact=True).click()
    expect(figure(page, "loss-by-rm")).to_be_visible()
    page.get_by_role("link", name="90 days").click()

    expect(figure(page, "trend-90d")).to_be_visible()
    assert page.url == f"{server.url}/portfolio/?by=rm&over=90d"


def test_before_the_first_count_it_says_so_and_shows_it_by_itself(
    server: Server, transactional_db: None, browser_page: Page
) -> None:
    page = browser_page
    console.enter(page, server, staff.supervisor(), "/portfolio/")
    expect(page.get_by_role("heading", name="The portfolio is being counted")).to_be_visible()
    console.shot(page, "portfolio-counting")
    page.evaluate("document.querySelector('#region').dataset.liveEvery = '100'")
    CurrentRiskFactory.create(customer=CustomerFactory.create())
    assert counts_record()

    console.announce()

    expect(page.locator("#chart-hardship-levels-canvas canvas")).to_be_visible()


def test_without_scripts_there_are_tables(server: Server, bank: list[User], browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    console.enter(page, server, staff.supervisor(), "/portfolio/")

    expect(figure(page, "dues").locator("table")).to_be_visible()
    expect(figure(page, "dues").get_by_role("button")).to_have_count(0)
    context.close()


def test_axe_finds_nothing_and_nothing_overflows(
    server: Server, bank: list[User], browser_page: Page
) -> None:
    page = browser_page
    open_portfolio(page, server, staff.supervisor())
    for look in console.each_look(page, 1440, 1024, 360):
        assert (look, violations(page)) == (look, [])
        console.expect_nothing_cut_off(page)
        console.shot(page, "portfolio", is_whole=True)

    figure(page, "loss-by-city").get_by_role("button", name="Table").click()
    for look in console.each_look(page, 1440, 1024, 360):
        assert (look, violations(page)) == (look, [])
        console.expect_nothing_cut_off(page)
