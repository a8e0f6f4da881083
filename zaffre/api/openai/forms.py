"""Forms with files (multipart/form-data): where the model's name is in one."""

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from zaffre.core.errors import BadRequest, Complaint, InvalidParameters

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FORM: Final = b"multipart/form-data"


class Form(Struct):
    """What has to be known of a form to hand it on."""

    boundary: bytes
    span: tuple[int, int] | None
    """Where in the body the model's name is; None: nowhere."""
    model: str


def is_form(content_type: bytes) -> bool:
    return content_type.split(b";", 1)[0].strip().lower() == FORM


def form_of(content_type: bytes, body: bytes) -> Form:
    """
    Raises:
        BadRequest: it cannot be read as a form.
        InvalidParameters: the model is no text, or empty.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise BadRequest("The content type multipart/form-data names no boundary.", param="content-type")
    finder = _Finder()
    try:
        parser = MultipartParser(boundary, finder.callbacks())
        parser.write(body)
        parser.finalize()
    except MultipartParseError as error:
        raise BadRequest(f"The request body is not a valid form: {error}.") from None
    if not finder.ended:
        raise BadRequest("The request body is not a whole form: its last boundary is missing.")
    if not finder.found:
        return Form(boundary, None, "")
    start, end = finder.span or (0, 0)
    try:
        model = body[start:end].decode()
    except UnicodeDecodeError:
        model = ""
    if not model:
        raise InvalidParameters([Complaint("string_type", ["body", "model"], "Expected a name.", None)])
    return Form(boundary, finder.span, model)


class _Finder:
    """Looks for the part `model` while a form is read in one go, so that offsets are those of the body."""

    def __init__(self) -> None:
        self.span: tuple[int, int] | None = None
        self.found = False
        self.ended = False
        self._field = b""
        self._value = b""
        self._is_model = False

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
        self._is_model = False

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        if self._field.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._is_model = options.get(b"name") == b"model" and b"filename" not in options
            self.found = self.found or self._is_model
        self._field = self._value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_model:
            begin = self.span[0] if self.span else start
            self.span = (begin, end)

    def _end(self) -> None:
        self.ended = True
