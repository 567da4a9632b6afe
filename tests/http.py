"""A person with a plain HTTP client against the running product: forms with their CSRF token, no browser."""

import re
from dataclasses import dataclass

import httpx2


@dataclass
class Visitor:
    client: httpx2.Client

    @classmethod
    def signed_in(cls, base: str, address: str) -> "Visitor":
        visitor = cls(httpx2.Client(base_url=base, follow_redirects=True, timeout=30))
        visitor.post("/sign-in", {"email": address, "password": "demo"})
        return visitor

    def get(self, url: str) -> str:
        return self.client.get(url).text

    def post(
        self, url: str, data: dict[str, str], files: dict[str, tuple[str, bytes, str]] | None = None
    ) -> httpx2.Response:
        page = self.get("/account" if self.client.cookies else "/sign-in")
        found = re.search(r'name="csrf" content="([^"]+)"', page)
        assert found is not None, page[:500]
        return self.client.post(url, data=data, files=files, headers={"X-CSRFToken": found[1]})
