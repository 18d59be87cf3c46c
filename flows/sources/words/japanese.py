"""Japanese words of books, whose text is read by Chinese rules."""

from __future__ import annotations

from flows.sources.words.base import Words

JAPANESE = Words(
    code="ja",
    contents="もくじ",
    title_page="表紙",
    copyright_page="奥付",
    notes_page="注釈一覧",
    pictures="挿[絵画]|図|写真|表紙|画像|外字|地図|飾り|罫線|ロゴ(?:マーク)?|イラスト",
    picture_list="図表一覧",
    back="この文書について.*",
    sound_signs="音楽|拍手|悲鳴|足音",
)
