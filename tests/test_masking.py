"""Secrets in what customers write are masked; what only talks of passwords stays as it is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.masking import MASK, mask_secrets, moved, secret_spans


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("管理画面のパスワードを変更したのでお知らせします。新しいものは Kx7!mmp2 です。", "Kx7!mmp2"),
        ("パスワードはKx7!mmp2に変えました", "Kx7!mmp2"),
        ("パスワード：abcd1234", "abcd1234"),
        ("新しいパスワード「himitsu99」です", "himitsu99"),
        ("The password is Tr0ub4dor&3.", "Tr0ub4dor&3"),
        ("user: soc@ours.example pass: blue-Horse-77", "blue-Horse-77"),
        ("password changed to Sunny-Day-88", "Sunny-Day-88"),
        ("APIキーを再発行しました: 3f0c9b1a-77de-4c1b-9d3e-aa11bb22cc33", "3f0c9b1a-77de-4c1b-9d3e-aa11bb22cc33"),
        ("api key = 0123456789abcdef01234567", "0123456789abcdef01234567"),
        ("Secret: hunter2", "hunter2"),
        ("Ｐａｓｓｗｏｒｄ：Ｋｕｍａ８８４２", "Ｋｕｍａ８８４２"),
        ("ﾊﾟｽﾜｰﾄﾞは Aki9090 です", "Aki9090"),
        ("暗証番号は 4821 です", "4821"),
        ("Kuma8842 がパスワードです", "Kuma8842"),
        ("Use Blue-Horse-9 as the password.", "Blue-Horse-9"),
        ("Authorization: Bearer abc123def456ghi789", "abc123def456ghi789"),
        ("https://admin:S3cretPw@console.example/", "S3cretPw"),
        ("パスワード: kumamoto", "kumamoto"),
    ],
)
def test_a_secret_that_is_told_is_masked(text: str, secret: str) -> None:
    assert secret not in mask_secrets(text)
    assert MASK in mask_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "パスワードを忘れました。PC-014です。",
        "I forgot my password for the dashboard. My computer is PC-SAL-021, write to a.b@c.example",
        "パスワードの再設定メールが https://console.example/reset?x=Aa1 から届きません",
        "password reset mail not arriving since 2026-11-02 09:30",
        "パスワード付きzip invoice_2611.exe の件 9f2c4e71a0b83d56c1e7f4092ba86d3510fe7ac94b62d8e3571c90afd08a17b3",
        "パスワードを3回間違えました。Windows11 です",
        "How do I set up a password policy?",
        "The password manager KeePass2 was blocked on PC-22.",
        "検知名 W32.Password.Stealer とは何ですか",
        "",
    ],
)
def test_what_only_talks_of_passwords_stays(text: str) -> None:
    assert mask_secrets(text) == text


@given(st.text(alphabet="パスワードは password: Aa1!\n「」", max_size=80))
def test_offsets_outside_of_secrets_move_with_the_text(text: str) -> None:
    spans = secret_spans(text)
    masked = mask_secrets(text)
    assert masked.count(MASK) >= len(spans)
    assert moved(len(text), spans) == len(masked)


@pytest.mark.parametrize("piece", ["pass: Aa1! ", "a@", "password is ", "-----BEGIN PRIVATE KEY-----", "https://a:"])
def test_a_long_text_costs_little(piece: str) -> None:
    begin = time.process_time()
    mask_secrets(piece * (200_000 // len(piece)))
    assert time.process_time() - begin < 3
