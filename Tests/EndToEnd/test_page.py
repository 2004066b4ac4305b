"""The status page in a real browser: Chromium without a window, driven by WebDriver."""

import json
import os
import shutil
import urllib.request

import axe_core_python
import grpc
import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from serving import DIGITS, HALF_PLUS_TWO, Server, half_plus_two, predict_request, refusal, wait_until

AXE = os.path.join(os.path.dirname(axe_core_python.__file__), "axe.min.js")
# Where to leave pictures of the page; nowhere without it.
SCREENSHOTS = os.environ.get("PAGE_SCREENSHOTS")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,1000"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver") or "/usr/bin/chromedriver"))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page-models")
    shutil.copytree(HALF_PLUS_TWO, folder / "half_plus_two")
    shutil.copytree(DIGITS, folder / "digits")
    (folder / "empty").mkdir()
    (folder / "models.config").write_text(
        "model_config_list {\n"
        + "".join(
            f'  config {{ name: "{name}" base_path: "{folder / name}" model_platform: "tensorflow" }}\n'
            for name in ("half_plus_two", "digits", "empty")
        )
        + "}\n"
    )
    return folder


@pytest.fixture(scope="module")
def server(models):
    with Server(
        f"--model_config_file={models / 'models.config'}", rest=True, ready=("half_plus_two", "digits")
    ) as server:
        yield server


@pytest.fixture
def page(browser, server):
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.get_log("browser")
    browser.get(f"http://127.0.0.1:{server.rest_port}/")
    wait_until(lambda: looks(browser) > 0, "the page has asked the server once")
    return browser


def looks(page):
    return int(page.execute_script("return document.body.dataset.looks ?? '0'"))


def card(page, name):
    """The part of the page about one model."""
    return next(
        article
        for article in page.find_elements(By.CSS_SELECTOR, "article.model")
        if article.find_element(By.TAG_NAME, "h3").text.split()[0] == name
    )


def screenshot(page, name):
    if SCREENSHOTS:
        page.save_screenshot(os.path.join(SCREENSHOTS, f"{name}.png"))


def test_shows_models_and_their_versions(page):
    assert page.title == "Swift Model Server"
    versions = [item.text for item in card(page, "half_plus_two").find_elements(By.CSS_SELECTOR, ".versions li")]
    assert versions and versions[0].endswith("AVAILABLE")
    assert "No version has been found" in card(page, "empty").text
    assert "Version" in page.find_element(By.ID, "server-facts").text
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_plots_show_requests(page, server):
    def rate():
        server.predict(half_plus_two())
        return page.find_element(By.CSS_SELECTOR, ".plot .value").text not in ("–", "0")

    wait_until(rate, "the plot of requests shows some", every=0.02)
    label = page.find_element(By.CSS_SELECTOR, ".plot svg").get_attribute("aria-label")
    assert label.startswith("Requests per second")
    wait_until(
        lambda: server.predict(half_plus_two()) and "/s" in card(page, "half_plus_two").text, "the model shows its rate"
    )


def test_tells_the_last_errors(page, server):
    code, _ = refusal(lambda: server.predict(half_plus_two(signature="no_such_signature")))
    assert code == grpc.StatusCode.FAILED_PRECONDITION
    wait_until(
        lambda: "no_such_signature" in page.find_element(By.ID, "errors").text, "the error stands in the table"
    )
    assert "FAILED_PRECONDITION" in page.find_element(By.ID, "errors").text


def test_predicts_by_the_form(page):
    model = card(page, "half_plus_two")
    model.find_element(By.TAG_NAME, "summary").click()
    body = wait_until(lambda: model.find_elements(By.TAG_NAME, "textarea"), "the form is there")[0]
    assert "x" in json.loads(body.get_property("value"))["inputs"]
    body.clear()
    body.send_keys(json.dumps({"instances": [3.0, 5.0]}))
    model.find_element(By.XPATH, ".//button[text()='Predict']").click()
    answer = wait_until(lambda: model.find_element(By.TAG_NAME, "pre").text, "the answer is shown")
    assert json.loads(answer) == {"predictions": [3.5, 4.5]}
    body.clear()
    body.send_keys("{")
    model.find_element(By.XPATH, ".//button[text()='Predict']").click()
    wait_until(lambda: "JSON Parse error" in model.find_element(By.TAG_NAME, "pre").text, "the refusal is shown")


def draw_seven(page, canvas):
    """Two strokes, as a hand would: along the top, then down to the left."""
    pen = ActionChains(page, duration=40)
    pen.move_to_element_with_offset(canvas, -50, -70).click_and_hold()
    pen.move_by_offset(55, 0).move_by_offset(45, 0)
    for _ in range(4):
        pen.move_by_offset(-14, 37)
    pen.release().perform()


def test_reads_a_drawn_digit(page):
    model = card(page, "digits")
    canvas = wait_until(lambda: model.find_elements(By.TAG_NAME, "canvas"), "there is something to draw on")[0]
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    draw_seven(page, canvas)
    labels = wait_until(lambda: model.find_elements(By.CSS_SELECTOR, "ol.labels li"), "the model has seen it")
    assert labels[0].text.startswith("7:")
    screenshot(page, "page-digit")


def test_reads_a_chosen_picture(page):
    model = card(page, "digits")
    field = wait_until(lambda: model.find_elements(By.CSS_SELECTOR, "input[type=file]"), "a file can be chosen")[0]
    field.send_keys(os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(DIGITS))), "digits", "images", "3.png"))
    labels = wait_until(lambda: model.find_elements(By.CSS_SELECTOR, "ol.labels li"), "the model has seen it")
    assert labels[0].text.startswith("3:")


def test_rollover_becomes_visible_without_reload(page, models):
    page.execute_script("window.same = true")
    assert not card(page, "half_plus_two").find_elements(By.XPATH, ".//li[starts-with(., '900 ')]")
    source = next(path for path in sorted((models / "half_plus_two").iterdir()))
    shutil.copytree(source, models / "copy")
    (models / "copy").rename(models / "half_plus_two" / "900")
    wait_until(
        lambda: card(page, "half_plus_two").find_elements(By.XPATH, ".//li[starts-with(., '900 AVAILABLE')]"),
        "the new version is shown",
    )
    wait_until(lambda: "900" in page.find_element(By.ID, "changes").text, "the change stands in the table")
    assert page.execute_script("return window.same === true")


def test_text_from_clients_stays_text(page, server):
    evil = "<img src=x onerror=\"document.title='owned'\">"
    refusal(lambda: server.predict(predict_request(evil, {})))
    refusal(lambda: server.predict(half_plus_two(signature=evil)))
    wait_until(lambda: evil in page.find_element(By.ID, "errors").text, "the text stands in the table")
    assert page.title == "Swift Model Server"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_is_accessible(page, scheme, width):
    """By the rules of axe-core, in both schemes, on a phone and on a desk."""
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    page.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
    wait_until(lambda: len(page.find_elements(By.TAG_NAME, "textarea")) >= 2, "the forms are there")
    assert page.execute_script("return document.scrollingElement.scrollWidth <= window.innerWidth")
    with open(AXE) as file:
        page.execute_script(file.read())
    result = page.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    assert [(problem["id"], problem["nodes"][0]["html"]) for problem in result["violations"]] == []
    screenshot(page, f"page-{scheme}-{'phone' if width < 500 else 'wide'}")


def test_is_usable_by_keyboard(page):
    seen = set()
    for _ in range(40):
        ActionChains(page).send_keys(Keys.TAB).perform()
        seen.add(page.execute_script("return document.activeElement.tagName + document.activeElement.className"))
    assert {"Askip", "SUMMARY", "INPUT", "BUTTON"} <= seen


def test_tells_when_the_server_is_gone(browser, models):
    with Server(f"--model_config_file={models / 'models.config'}", rest=True, ready=("half_plus_two",)) as server:
        browser.get(f"http://127.0.0.1:{server.rest_port}/")
        wait_until(lambda: looks(browser) > 0, "the page has asked the server once")
    wait_until(
        lambda: "does not answer" in browser.find_element(By.ID, "connection").text, "the page tells that nobody answers"
    )


def test_nothing_comes_from_elsewhere(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.rest_port}/") as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        text = answer.read().decode()
    assert "https://" not in text and "//cdn" not in text
