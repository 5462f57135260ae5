# SPDX-License-Identifier: MIT
"""What the enums and dataclasses of _abi.py are made of."""
from __future__ import annotations

import enum
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Dict, Optional, Type, Union


class Word(enum.IntEnum):
    """A number of libsmtperr that has a name: str() gives the name, and Category("mailbox-full") finds the number.

    A word that the running library has and this module doesn't know yet is a member too, so a newer library does no harm."""

    if TYPE_CHECKING:
        def __new__(cls, value: Union[int, str]) -> Word: ...

    def __str__(self) -> str:
        return _WORDS[type(self)][int(self)]

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce_ex__(self, protocol: Any) -> Any:  # by number: a member that _missing_() made has no place in the class
        return type(self), (int(self),)

    @classmethod
    def _missing_(cls, value: object) -> Any:
        from . import _lib
        kind = _KINDS[cls]
        if isinstance(value, str):
            name = value.lower()
            number = next((n for n, word in _WORDS[cls].items() if word.lower() == name), None)
            if number is None and kind is not None:
                text = value.encode("utf-8", "surrogateescape")
                number = _lib.smtperr_value(kind, text, len(text))
            return None if number is None or number == -2**31 else cls(number)
        if isinstance(value, int) and kind is not None and -2**31 < value < 2**31:
            word = _lib.smtperr_name(kind, value).decode()
            if word:
                member = int.__new__(cls, value)
                member._name_ = word.upper().replace("-", "_")
                member._value_ = value
                _WORDS[cls][value] = word
                return cls._value2member_map_.setdefault(value, member)
        return None


_WORDS: Dict[Type[Word], Dict[int, str]] = {}
_KINDS: Dict[Type[Word], Optional[int]] = {}


def name_words(cls: Type[Word], kind: Optional[int], words: Dict[int, str]) -> None:
    """The names of an enum, and its number among the kinds of the library, if it is one."""
    _WORDS[cls] = words
    _KINDS[cls] = kind


class Excerpt(str):
    """Text out of a reply, bytes that are no UTF-8 as backslashes; reply[start:end] are the bytes themselves. "" for none."""
    __slots__ = ("start", "end")
    start: int
    end: int

    def __new__(cls, reply: bytes, at: int, length: int) -> Excerpt:
        self = super().__new__(cls, reply[at:at + length].decode("utf-8", "backslashreplace"))
        self.start = at
        self.end = at + length
        return self

    def __reduce__(self) -> Any:
        return _excerpt, (str(self), self.start, self.end)


def _excerpt(text: str, start: int, end: int) -> Excerpt:
    self = str.__new__(Excerpt, text)
    self.start = start
    self.end = end
    return self


class Answer:
    """What evidence and verdict can do."""

    def explain(self, say: Any = "what") -> str:
        """A sentence for people: Say.TITLE, WHAT (happened), CAUSE, FIX, AUTHOR (what to tell him), SOURCE, STEPS or URL,
        or its name. "" where nothing is known."""
        from . import explain
        return explain(self, say)  # type: ignore[arg-type]

    def as_dict(self) -> Dict[str, Any]:
        """Plain values, words in place of numbers, for JSON and logs."""
        def plain(value: Any) -> Any:
            if isinstance(value, enum.IntFlag):
                return [str(bit.name).lower().replace("_", "-") for bit in type(value) if bit in value]
            if isinstance(value, (Word, Excerpt)):
                return str(value)
            return value
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}
