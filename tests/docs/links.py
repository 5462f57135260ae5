#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# The links within the project lead to files and headings that are there: links.py SOURCE. What docs/README.md lists is all there is.
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])


def headings(page):
    """The names that GitHub gives to the headings of a page."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


pages = [path for path in [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("examples/**/*.md")]]
wrong, checked = [], 0
for page in pages:
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", link):
            continue
        checked += 1
        name, _, heading = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (heading and heading not in headings(target)):
            wrong.append(f"{page.relative_to(root)}: {link} leads nowhere")
index = (root / "docs/README.md").read_text()
for page in sorted(root.glob("docs/*.md")):
    if page.name != "README.md" and f"({page.name})" not in index:
        wrong.append(f"docs/README.md: nothing about {page.name}")
print("\n".join(wrong) or f"{checked} links are good")
sys.exit(1 if wrong or not checked else 0)
