/* answers.h - what the mock says: bodies built once, in the form of the OpenAI API. */
#ifndef ZAFFRE_BENCH_ANSWERS_H
#define ZAFFRE_BENCH_ANSWERS_H

#include "wire.h"

#define EMBEDDINGS 64
#define DIMENSIONS 1536

/* Whole answers, head and body; a stream's head; its events, each with the frame of one HTTP chunk. */
static struct Bytes chat_answer, embeddings_answer, stream_head, first_event, content_event, last_event, usage_event;
static size_t stamp_offset; /* of the digits in content_event */

static void whole_answer(struct Bytes *answer, const struct Bytes *body) {
  char head[160];
  snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", body->length);
  bytes_add_text(answer, head);
  bytes_add(answer, body->at, body->length);
}

static void build_chat(void) {
  static const char *const words[] = {"The ", "gateway ", "sends ", "each ", "request ", "to ", "a ", "model ",
                                      "server ", "and ", "returns ", "what ", "it ", "says. "};
  struct Bytes body = {0};
  bytes_add_text(&body, "{\"id\":\"chatcmpl-mock0123456789abcdef\",\"object\":\"chat.completion\",\"created\":1750000000,"
                        "\"model\":\"mock\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"");
  for (size_t i = 0; body.length < 1260; i++) bytes_add_text(&body, words[i % (sizeof words / sizeof *words)]);
  bytes_add_text(&body, "\"},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":180,"
                        "\"completion_tokens\":220,\"total_tokens\":400,\"prompt_tokens_details\":{\"cached_tokens\":0}},"
                        "\"system_fingerprint\":\"fp_0123456789\",\"service_tier\":\"default\"}");
  whole_answer(&chat_answer, &body);
  free(body.at);
}

static void build_embeddings(void) {
  struct Bytes body = {0};
  char number[32];
  uint64_t state = 42;
  bytes_add_text(&body, "{\"object\":\"list\",\"data\":[");
  for (int i = 0; i < EMBEDDINGS; i++) {
    snprintf(number, sizeof number, "%d", i);
    bytes_add_text(&body, i ? ",{\"object\":\"embedding\",\"index\":" : "{\"object\":\"embedding\",\"index\":");
    bytes_add_text(&body, number);
    bytes_add_text(&body, ",\"embedding\":[");
    for (int j = 0; j < DIMENSIONS; j++) {
      state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
      double value = ((double)(state >> 33) / 2147483648.0 - 0.5) * 0.1;
      snprintf(number, sizeof number, j ? ",%.16f" : "%.16f", value);
      bytes_add_text(&body, number);
    }
    bytes_add_text(&body, "]}");
  }
  bytes_add_text(&body, "],\"model\":\"mock\",\"usage\":{\"prompt_tokens\":640,\"total_tokens\":640}}");
  whole_answer(&embeddings_answer, &body);
  free(body.at);
}

/* One server-sent event as one HTTP chunk. */
static void build_event(struct Bytes *event, const char *choices_and_rest) {
  char json[512], frame[640];
  snprintf(json, sizeof json,
           "{\"id\":\"chatcmpl-mock0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1750000000,"
           "\"model\":\"mock\",\"choices\":%s}", choices_and_rest);
  snprintf(frame, sizeof frame, "%zx\r\ndata: %s\n\n\r\n", strlen(json) + 8, json);
  bytes_add_text(event, frame);
}

static void build_stream(void) {
  bytes_add_text(&stream_head, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                               "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n");
  build_event(&first_event, "[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]");
  build_event(&content_event, "[{\"index\":0,\"delta\":{\"content\":\"" STAMP_MARK "0000000000000000000 tok\"},\"finish_reason\":null}]");
  build_event(&last_event, "[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]");
  build_event(&usage_event, "[],\"usage\":{\"prompt_tokens\":180,\"completion_tokens\":100,\"total_tokens\":280}");
  const char *mark = memmem(content_event.at, content_event.length, STAMP_MARK "0", sizeof STAMP_MARK);
  stamp_offset = (size_t)(mark - content_event.at) + sizeof STAMP_MARK - 1;
}

static void build_answers(void) {
  build_chat();
  build_embeddings();
  build_stream();
}

#endif
