"""What a figure was measured on, and how busy that was: a line to print before and after."""

import os
import platform
import time


def machine() -> str:
    load = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    moment = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return f"{moment} UTC, {os.cpu_count()} cores, Python {platform.python_version()}, load average {load}"
