"""SMTP and LMTP as aiosmtpd speaks them, with a DATA of our own: read in large pieces and bounded."""

import asyncio
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, syntax

CHUNK = 256 * 1024
END = b"\r\n.\r\n"


class DataReader:
    """Mixin over aiosmtpd's SMTP and LMTP: reads DATA in large pieces, bounded, and notes what is too large.

    A line of any length is taken; a mail over the limit is read to its end without being kept and answered 552.
    """

    line_length_limit = CHUNK
    answers_each = False

    @syntax("DATA")
    async def smtp_DATA(self: Any, arg: str) -> None:
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content, size = await self._read_content()
        if content is None:
            answers = len(self.envelope.rcpt_tos) if self.answers_each else 1
            await self.push("\r\n".join(["552 5.3.4 Error: Too much mail data"] * answers))
            await self.event_handler.too_large(self.session, self.envelope, size)
            self._set_post_data_state()
            return
        self.envelope.content = self.envelope.original_content = content
        status = await self._call_handler_hook("DATA")
        self._set_post_data_state()
        await self.push(status)

    async def _read_content(self: Any) -> tuple[bytes | None, int]:
        """The content with leading dots removed (RFC 5321 4.5.2), or None over the limit; and its size."""
        buffer, size = bytearray(b"\r\n"), 0
        while True:
            chunk = await self._reader.read(CHUNK)
            if not chunk:
                raise asyncio.CancelledError
            self._reset_timeout()
            start = max(0, len(buffer) - len(END) + 1)
            buffer += chunk
            size += len(chunk)
            end = buffer.find(END, start)
            if end >= 0:
                beyond = len(buffer) - end - len(END)
                if beyond:
                    self._reader.feed_data(bytes(buffer[end + len(END) :]))
                size -= beyond + len(END) - 2
                break
            if size > self.data_size_limit:
                del buffer[: -len(END)]
        if size > self.data_size_limit:
            return None, size
        del buffer[end + 2 :]
        return bytes(buffer).replace(b"\r\n.", b"\r\n")[2:], size

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self: Any, arg: str) -> None:
        """A size announced over the limit is refused at once, and noted."""
        await super().smtp_MAIL(arg)  # type: ignore[misc]
        announced = next((w[5:] for w in (arg or "").upper().split() if w.startswith("SIZE=")), "")
        if self.envelope.mail_from is None and announced.isdigit() and int(announced) > self.data_size_limit:
            sender = Envelope()
            sender.mail_from = arg.split(">", maxsplit=1)[0].rpartition("<")[2][:320]
            await self.event_handler.too_large(self.session, sender, int(announced))


class SmtpServer(DataReader, SMTP):
    """SMTP as the outside world speaks it."""


class LmtpServer(DataReader, LMTP):
    """LMTP as an MTA on this host speaks it: one answer for each recipient."""

    answers_each = True


class SmtpController(Controller):
    def factory(self) -> SMTP:
        return SmtpServer(self.handler, **self.SMTP_kwargs)


class LmtpController(Controller):
    def factory(self) -> LMTP:
        return LmtpServer(self.handler, **self.SMTP_kwargs)
