/* mock.c - a model server that answers with canned bodies, far cheaper than any gateway in front of it.
 *
 *   mock            serves 127.0.0.1 on a free port and prints that port
 *
 *   POST .../chat/completions   a completion of about 1.5 KB, or with "stream":true server-sent events:
 *                               a first one with the role, "max_tokens" (default 100) with content, the end,
 *                               usage where "include_usage":true was asked for, [DONE]; one HTTP chunk each
 *   POST .../embeddings         64 vectors of 1536 numbers, about 1.9 MB
 *   GET  /stats                 the counters below as JSON
 *   GET  anything else          {}: routers ask whether their workers are healthy
 *
 * The request's "model" says how it behaves: "mock" answers at once, "mock-paced" sends one event every 10 ms,
 * "mock-slow" waits half a second before a stream, "mock-silent" a minute. Every content event carries the time it was written.
 *
 * One thread, epoll, libc only.
 */
#define _GNU_SOURCE
#include "answers.h"
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS 100
#define PACE (10 * MILLISECOND)
#define SILENCE (60 * SECOND)
#define THOUGHT (SECOND / 2)
/* A stream is produced in portions of this size, the next when the last has left: a mock of 44 MB streams
 * must not itself hold 44 MB. */
#define PORTION (256 * 1024)

enum Phase { READING, STREAMING };

struct Peer {
  int fd;
  struct Bytes in, out;
  size_t sent;        /* how much of `out` has left */
  bool writing;       /* epoll watches for room */
  bool counted;       /* it has sent a request other than /stats: part of the load */
  bool gone;
  enum Phase phase;
  bool begun, usage;  /* of the stream: head sent; usage asked for */
  long left;          /* content events still to send */
  uint64_t pace, due; /* nanoseconds between events; when the next is due, 0 where nothing waits for the clock */
  struct Peer *before, *after; /* in the list of those that wait for the clock */
  struct Peer *dropped;        /* in the list of those to free */
};

static struct {
  long open, connections, requests, streams, cut;
  uint64_t last_cut_ns; /* when a connection was last seen closed before its answer was complete */
  uint64_t sent_bytes;
} stats;

static int epoll_fd, timer_fd;
static struct Peer *waiting, *dropped;

/* ---- peers ---- */

static void watch(struct Peer *p, int operation) {
  struct epoll_event e = {.events = EPOLLIN | (p->writing ? EPOLLOUT : 0u), .data.ptr = p};
  epoll_ctl(epoll_fd, operation, p->fd, &e);
}

static void wait_until(struct Peer *p, uint64_t due) {
  if (!p->due) {
    p->before = NULL;
    p->after = waiting;
    if (waiting) waiting->before = p;
    waiting = p;
  }
  p->due = due;
}

static void wait_no_more(struct Peer *p) {
  if (!p->due) return;
  if (p->before) p->before->after = p->after; else waiting = p->after;
  if (p->after) p->after->before = p->before;
  p->due = 0;
}

static void drop(struct Peer *p) {
  if (p->gone) return;
  p->gone = true;
  if (p->phase == STREAMING || p->out.length) {
    stats.cut++;
    stats.last_cut_ns = now_ns();
  }
  if (p->phase == STREAMING) stats.streams--;
  wait_no_more(p);
  close(p->fd);
  if (p->counted) stats.open--;
  p->dropped = dropped; /* freed after this turn: its events may still be in the batch */
  dropped = p;
}

/* Write what waits; afterwards `out` is empty, or epoll watches for room, or the peer is gone. */
static void flush(struct Peer *p) {
  while (p->sent < p->out.length) {
    ssize_t n = send(p->fd, p->out.at + p->sent, p->out.length - p->sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) { drop(p); return; }
    if (n < 0) {
      if (!p->writing) { p->writing = true; watch(p, EPOLL_CTL_MOD); }
      return;
    }
    p->sent += (size_t)n;
    stats.sent_bytes += (uint64_t)n;
  }
  p->out.length = p->sent = 0;
  if (p->writing) { p->writing = false; watch(p, EPOLL_CTL_MOD); }
}

/* ---- streams ---- */

static void add_content(struct Peer *p) {
  char *event = bytes_room(&p->out, content_event.length);
  memcpy(event, content_event.at, content_event.length);
  stamp_write(event + stamp_offset, now_ns());
  p->out.length += content_event.length;
  p->left--;
}

static void add_end(struct Peer *p) {
  static const char done[] = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
  bytes_add(&p->out, last_event.at, last_event.length);
  if (p->usage) bytes_add(&p->out, usage_event.at, usage_event.length);
  bytes_add(&p->out, done, sizeof done - 1);
  p->phase = READING;
  stats.streams--;
}

/* Send what is due of a stream. A slow reader is not waited for with the clock: flush() calls again. */
static void advance(struct Peer *p) {
  while (!p->gone && p->phase == STREAMING && !p->writing) {
    uint64_t now = now_ns();
    if (p->due > now) return;
    wait_no_more(p);
    if (!p->begun) {
      p->begun = true;
      bytes_add(&p->out, stream_head.at, stream_head.length);
      bytes_add(&p->out, first_event.at, first_event.length);
    }
    do add_content(p); while (!p->pace && p->left && p->out.length < PORTION);
    if (!p->left) add_end(p);
    else if (p->pace) wait_until(p, now + p->pace);
    flush(p);
  }
}

/* ---- requests ---- */

struct Text { const char *at, *end; };

static bool contains(struct Text t, const char *word) { return memmem(t.at, (size_t)(t.end - t.at), word, strlen(word)); }

static bool starts(const char *text, const char *word) { return !strncmp(text, word, strlen(word)); }

/* The number after a JSON key, or `otherwise`. The harness writes its bodies without spaces. */
static long number_after(struct Text t, const char *key, long otherwise) {
  const char *found = memmem(t.at, (size_t)(t.end - t.at), key, strlen(key));
  return found ? strtol(found + strlen(key), NULL, 10) : otherwise;
}

static void start_stream(struct Peer *p, struct Text body) {
  p->phase = STREAMING;
  p->begun = false;
  p->usage = contains(body, "\"include_usage\":true");
  p->left = number_after(body, "\"max_tokens\":", number_after(body, "\"max_completion_tokens\":", EVENTS));
  p->pace = contains(body, "\"model\":\"mock-paced\"") ? PACE : 0;
  stats.streams++;
  if (contains(body, "\"model\":\"mock-silent\"")) wait_until(p, now_ns() + SILENCE);
  if (contains(body, "\"model\":\"mock-slow\"")) wait_until(p, now_ns() + THOUGHT);
}

static void answer_stats(struct Peer *p) {
  char body[320], head[160];
  int length = snprintf(body, sizeof body,
      "{\"open\":%ld,\"connections\":%ld,\"requests\":%ld,\"streams\":%ld,\"cut\":%ld,\"last_cut_ns\":%llu,\"sent_bytes\":%llu}",
      stats.open, stats.connections, stats.requests, stats.streams, stats.cut,
      (unsigned long long)stats.last_cut_ns, (unsigned long long)stats.sent_bytes);
  snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", length);
  bytes_add_text(&p->out, head);
  bytes_add(&p->out, body, (size_t)length);
}

static void answer_empty(struct Peer *p) {
  bytes_add_text(&p->out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

static void answer(struct Peer *p, const char *head, const char *path, const char *path_end, struct Text body) {
  struct Text where = {path, path_end};
  if (starts(head, "GET ") && starts(path, "/stats ")) { answer_stats(p); return; }
  if (starts(head, "GET ")) { answer_empty(p); return; }
  stats.requests++;
  if (!p->counted) { p->counted = true; stats.open++; stats.connections++; }
  if (contains(where, "/embeddings")) bytes_add(&p->out, embeddings_answer.at, embeddings_answer.length);
  else if (!contains(where, "/chat/completions"))
    bytes_add_text(&p->out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  else if (contains(body, "\"stream\":true")) start_stream(p, body);
  else bytes_add(&p->out, chat_answer.at, chat_answer.length);
}

/* Answer the requests that are complete; a chunked one is beyond this mock and ends the connection. */
static void serve(struct Peer *p) {
  while (!p->gone && p->phase == READING && !p->writing) {
    char *end = memmem(p->in.at, p->in.length, "\r\n\r\n", 4);
    if (!end) return;
    const char *path = memchr(p->in.at, ' ', (size_t)(end - p->in.at));
    const char *path_end = path ? memchr(path + 1, ' ', (size_t)(end - path - 1)) : NULL;
    if (!path_end || header_value(p->in.at, end, "transfer-encoding:")) { drop(p); return; }
    const char *value = header_value(p->in.at, end, "content-length:");
    size_t length = value ? strtoul(value, NULL, 10) : 0, head = (size_t)(end - p->in.at) + 4;
    if (p->in.length < head + length) return;
    answer(p, p->in.at, path + 1, path_end, (struct Text){p->in.at + head, p->in.at + head + length});
    bytes_drop(&p->in, head + length);
    if (p->phase == STREAMING) advance(p);
    else flush(p);
  }
}

static void on_readable(struct Peer *p) {
  for (;;) {
    size_t room = 64 * 1024;
    ssize_t n = recv(p->fd, bytes_room(&p->in, room), room, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) { drop(p); return; }
    p->in.length += (size_t)n;
    if ((size_t)n < room) break;
  }
  serve(p);
}

static void on_writable(struct Peer *p) {
  flush(p);
  if (p->gone || p->writing) return;
  if (p->phase == STREAMING) advance(p);
  if (!p->gone && p->in.length) serve(p);
}

static void accept_all(int listener) {
  int fd, yes = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct Peer *p = calloc(1, sizeof *p);
    if (!p) fail("calloc");
    p->fd = fd;
    watch(p, EPOLL_CTL_ADD);
  }
}

/* ---- the loop ---- */

/* A timerfd wakes at the nanosecond due; epoll's own time-out would round paced events into bunches. */
static void set_timer(void) {
  uint64_t first = 0;
  for (struct Peer *p = waiting; p; p = p->after) if (!first || p->due < first) first = p->due;
  static uint64_t armed;
  if (first == armed) return;
  armed = first;
  struct itimerspec when = {.it_value = {.tv_sec = (time_t)(first / SECOND), .tv_nsec = (long)(first % SECOND)}};
  timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void on_timer(void) {
  uint64_t expirations, now = now_ns();
  if (read(timer_fd, &expirations, sizeof expirations) < 0 && errno != EAGAIN) fail("timerfd");
  for (struct Peer *p = waiting, *after; p; p = after) {
    after = p->after;
    if (p->due > now) continue;
    wait_no_more(p); /* where its reader is behind, on_writable() goes on with it */
    advance(p);
    if (!p->gone && p->phase == READING && p->in.length) serve(p);
  }
}

static void free_dropped(void) {
  while (dropped) {
    struct Peer *p = dropped;
    dropped = p->dropped;
    free(p->in.at);
    free(p->out.at);
    free(p);
  }
}

static int listen_on_free_port(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) fail("mock: listen");
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

int main(void) {
  static char is_listener, is_timer;
  signal(SIGPIPE, SIG_IGN);
  build_answers();
  epoll_fd = epoll_create1(0);
  timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  int listener = listen_on_free_port();
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = &is_listener};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &e);
  e.data.ptr = &is_timer;
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer_fd, &e);
  for (;;) {
    struct epoll_event events[256];
    set_timer();
    int n = epoll_wait(epoll_fd, events, 256, -1);
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr == &is_listener) { accept_all(listener); continue; }
      if (events[i].data.ptr == &is_timer) { on_timer(); continue; }
      struct Peer *p = events[i].data.ptr;
      if (!p->gone && events[i].events & EPOLLOUT) on_writable(p);
      if (!p->gone && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_readable(p);
    }
    free_dropped();
  }
}
