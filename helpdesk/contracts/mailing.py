"""Words of mails about contracts in the reader's language, and mails to the address of an application (3-2)."""

from datetime import date
from typing import Any

from flask import current_app

from helpdesk.customers.models import Customer
from helpdesk.notices.models import Notice, post
from helpdesk.wording import date_words


def tell_application(template: str, customer: Customer, address: str, **words: Any) -> Notice:
    """Mail the address that the application gave (3-2), in the customer's language."""
    language = customer.language.value
    salutation = f"Dear {customer.name}," if language == "en" else f"{customer.name} 御中"
    return post(
        template,
        to=address,
        language=language,
        charset=customer.mail_charset,
        salutation=salutation,
        portal=f"{current_app.config['BASE_URL']}/portal/contract",
        **worded(words, language),
    )


def worded(words: dict[str, Any], language: str) -> dict[str, Any]:
    """Dates in words, and of what has both languages the one that is asked for."""

    def one(value: Any) -> Any:
        if isinstance(value, date):
            return date_words(value, language)
        if isinstance(value, dict) and value.keys() == {"ja", "en"}:
            return value[language]
        return value

    return {name: one(value) for name, value in words.items()}
