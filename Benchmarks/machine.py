"""Where the project stands, and what it is measured on."""

import os
import platform

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))


def processor():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores of {model}"
