"""The sentences that say why something is suggested, by language. None contradicts its confidence. Pure (R05)."""

from collections.abc import Mapping, Sequence

from helpdesk.triage.places import Place

Sentence = Mapping[str, str]
SURE_ENOUGH = 70
"""Percent: from here on a reason says that it is so; below, that it may be."""
LOOK: Sentence = {
    "ja": "お客様の管理画面や症状を確認する必要がありそうです",
    "en": "It seems to need a look at this customer's console or at what goes wrong",
}
NOTHING_FOUND: Sentence = {
    "ja": "規則にもマニュアルにも当てはまる箇所が見つかりません。担当者が確認します",
    "en": "Neither a rule nor a manual section fits; a person should look",
}
NOT_ANSWERED: Sentence = {
    "ja": "操作や見方のご質問ですが、答えている節がマニュアルに見当たりません",
    "en": "It asks how to read or operate the screens, but no section of the manual seems to answer it",
}
UNCLEAR: Sentence = {
    "ja": "何についてのお問い合わせか、文面からは分かりません。担当者が確認します",
    "en": "The text does not tell what it is about; a person should look",
}
NEAR: Sentence = {
    "ja": "はっきり当てはまる規則もマニュアルの節もありません。近い節を挙げます。担当者が確認します",
    "en": "Neither a rule nor a manual section clearly fits; the nearest sections are named. A person should look",
}
SEVERAL: Sentence = {
    "ja": "複数のご質問があり、答え方が分かれます。担当者が確認します",
    "en": "Several questions are asked that are answered in different ways; a person should look",
}
ALL_ALIKE: Sentence = {
    "ja": "複数のご質問があり、どれも同じ答え方になります",
    "en": "Several questions are asked, and all are answered in the same way",
}
LIKE_OTHERS: Sentence = {
    "ja": "対象外としてご案内した過去の例に似ています",
    "en": "It is like other inquiries that were outside the service",
}
TYPED_NOTICE: Sentence = {
    "ja": "ご契約・ご登録などの申し出として、担当者へお届けします。受け付けた日時が記録されます",
    "en": "This goes to the people in charge of contracts and data; when it arrived is recorded",
}
TYPED_FOREIGN: Sentence = {
    "ja": "このサービスの対象外かもしれません。送信していただければ、担当者が確認してお答えします",
    "en": "This may lie outside the service. You can send it all the same; a person looks and answers",
}
TYPED_LOOK: Sentence = {
    "ja": "担当者がお客様の画面や状況を確認してお答えします",
    "en": "A person looks at your console and answers",
}
NOTICE: Sentence = {
    "ja": "ご契約・報告・登録情報についての申し出やご連絡のようです。お問い合わせではありません",
    "en": "It seems to declare, request or tell something about contract, report or data: a notice, no question",
}
INSTRUCTION: Sentence = {
    "ja": "ファイルや端末への対応のご指示のようです。ご指示の確認は担当者が行います",
    "en": "It seems to instruct us about a file or a computer; a person confirms it before anything is done",
}


def found_words(found: Sequence[str]) -> Sentence:
    shown = "、".join(f"「{word}」" for word in found[:3])
    return {"ja": f"{shown}という言葉があります", "en": f"It contains the words {shown}", "words": "\n".join(found)}


def placed(place: Place, *, sure: bool) -> Sentence:
    """That this place answers, or may."""
    page = place.label or place.page
    place_ja, place_en = (
        (f"{page}ページの節", f"The section on page {page}") if page else ("マニュアルの節", "A section")
    )
    return {
        "ja": f"{place_ja}が、この質問に{'答えています' if sure else '答えているかもしれません'}",
        "en": f"{place_en} {'answers' if sure else 'may answer'} the question",
    }


def unanswered(places: Sequence[Place], confidence: int) -> Sentence:
    """Why a person looks where nothing speaks for a look."""
    if confidence >= SURE_ENOUGH:
        return NOT_ANSWERED
    return NEAR if places else NOTHING_FOUND
