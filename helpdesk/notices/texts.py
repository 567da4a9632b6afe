"""The texts that leave us, rendered in one place: mails, and the answers that agents begin with."""

from typing import Any

from flask import render_template
from flask_babel import force_locale


def text_of(template: str, language: str, /, **words: Any) -> str:
    """`templates/notices/<template>.<language>.txt` with these words in it; of a mail the first line is the subject."""
    with force_locale(language):
        return render_template(f"notices/{template}.{language}.txt", **words).strip()
