"""A gateway as one writes it by hand in an afternoon: FastAPI in front, httpx behind.

It checks the caller's key and the fields of a chat, keeps its connections, and streams. It reads no usage and keeps no
limits. `peers.py` runs it in an environment of its own.
"""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

UPSTREAM = os.environ["BENCH_UPSTREAM"]
UPSTREAM_KEY = os.environ["BENCH_UPSTREAM_KEY"]
CALLER_KEY = os.environ["BENCH_CALLER_KEY"]


class Message(BaseModel):
    """One message of a chat."""

    role: str
    content: str | list[dict[str, Any]]


class ChatRequest(BaseModel):
    """What is asked; fields without a rule here are handed on."""

    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[Message] = Field(min_length=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    stream: bool = False


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One client for all requests, so that connections to the model are kept."""
    headers = {"authorization": f"Bearer {UPSTREAM_KEY}"}
    async with httpx.AsyncClient(base_url=UPSTREAM, headers=headers, timeout=60) as client:
        app.state.client = client
        yield


def known_caller(credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> None:
    """Refuse whoever has not the key."""
    if not secrets.compare_digest(credentials.credentials, CALLER_KEY):
        raise HTTPException(401, "unknown key")


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, str]:
    """That it is ready."""
    return {"status": "ok"}


@app.post("/v1/chat/completions", dependencies=[Depends(known_caller)])
async def chat(body: ChatRequest, request: Request) -> Response:
    """Hand a chat on to the model."""
    client: httpx.AsyncClient = request.app.state.client
    asked = client.build_request("POST", "/chat/completions", json=body.model_dump(exclude_unset=True))
    answer = await client.send(asked, stream=body.stream)
    media_type = answer.headers.get("content-type")
    if not body.stream:
        return Response(answer.content, answer.status_code, media_type=media_type)
    return StreamingResponse(
        answer.aiter_raw(), answer.status_code, media_type=media_type, background=BackgroundTask(answer.aclose)
    )
