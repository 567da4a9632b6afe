"""Files that may be malware go out in a ZIP with a password, as those who exchange samples do."""

import io

import pyzipper

ZIP_PASSWORD = "infected"  # noqa: S105 - the convention among those who exchange samples, printed beside the file


def packed(name: str, content: bytes) -> bytes:
    """A ZIP with this one file, encrypted (AES) with the usual password."""
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(ZIP_PASSWORD.encode())
        archive.writestr(name, content)
    return out.getvalue()
