"""Forms with files (multipart/form-data): where the model's name is in one, and what a user wrote in it."""

import logging
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from zaffre.core.errors import BadRequest, Complaint, InvalidParameters

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FORM: Final = b"multipart/form-data"
MOST_PARTS: Final = 1000
"""Of one form. The published clients send one for each parameter and each file."""

# It warns of what it cannot read, and quotes it. The caller is told; the log holds nothing that a caller wrote.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


class Form(Struct):
    """What has to be known of a form to hand it on."""

    boundary: bytes
    span: tuple[int, int] | None
    """Where in the body the model's name is; None: nowhere."""
    model: str
    prompts: tuple[str, ...] = ()
    """What a user wrote in it."""


def is_form(content_type: bytes) -> bool:
    return content_type.split(b";", 1)[0].strip().lower() == FORM


def form_of(content_type: bytes, body: bytes) -> Form:
    """
    Raises:
        BadRequest: it cannot be read as a form.
        InvalidParameters: the model is no text, or empty, or named more than once.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise BadRequest("The content type multipart/form-data names no boundary.", param="content-type")
    finder = _found(body, boundary)
    prompts = tuple(body[start:end].decode("utf-8", "replace") for start, end in finder.prompts)
    if not finder.named:
        return Form(boundary, None, "", prompts)
    if finder.named > 1:
        raise InvalidParameters([Complaint("value_error", ["body", "model"], "Expected one name, found more.", None)])
    start, end = finder.span
    try:
        model = body[start:end].decode()
    except UnicodeDecodeError:
        model = ""
    if not model:
        raise InvalidParameters([Complaint("string_type", ["body", "model"], "Expected a name.", None)])
    return Form(boundary, finder.span, model, prompts)


def _found(body: bytes, boundary: bytes) -> "_Finder":
    """What was found in the whole form. Raises BadRequest."""
    _check_delimiters(body, b"\r\n--" + boundary)
    finder = _Finder()
    try:
        MultipartParser(boundary, finder.callbacks()).write(body)
    except FormParserError as error:
        raise BadRequest(f"The request body is not a valid form: {error}.") from None
    if not finder.ended:
        raise BadRequest("The request body is not a whole form: its last boundary is missing.")
    return finder


def _check_delimiters(body: bytes, delimiter: bytes) -> None:
    """Refuse what the parser, which searches fast, would walk through byte by byte: seconds for a large body."""
    place = body.find(delimiter)
    count = 0
    while place >= 0:
        count += 1
        after = place + len(delimiter)
        if count > MOST_PARTS:
            raise BadRequest(f"The request body is a form of more than {MOST_PARTS} parts.")
        if body[after : after + 1] in (b" ", b"\t"):
            raise BadRequest("The request body is not a valid form: white space follows a boundary.")
        place = body.find(delimiter, after)


class _Finder:
    """Looks for the parts `model` and `prompt` while a form is read in one go: offsets are those of the body."""

    def __init__(self) -> None:
        self.span = (0, 0)
        self.named = 0
        """Parts of the name `model`."""
        self.prompts: list[tuple[int, int]] = []
        self.ended = False
        self._field = b""
        self._value = b""
        self._is_model = False
        self._is_prompt = False

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._part,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _part(self) -> None:
        self._is_model = self._is_prompt = False

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        if self._field.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            # Whatever else is said of the part: the server behind may take it for the model all the same.
            if options.get(b"name") == b"model" and not self._is_model:
                self._is_model = True
                self.named += 1
            self._is_prompt = self._is_prompt or options.get(b"name") == b"prompt"
        self._field = self._value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_model:
            self.span = (start, end)
        if self._is_prompt:
            self.prompts.append((start, end))

    def _end(self) -> None:
        self.ended = True
