/* load.c - an HTTP/1.1 load driver that checks what it gets.
 *
 *   load --port P --path /PATH --body FILE [--header 'Name: value']... [--connections 32]
 *        (--seconds S [--rate R] | --requests N) [--ramp MS] [--bytes N]
 *        [--events N] [--deltas N]
 *
 * Closed loop: each connection, kept alive, sends its next request when its answer is complete. Open loop, with
 * --rate: R requests a second are due, whether or not answers come; each takes the first idle connection or waits
 * for one, and its time counts from when it was due, so that a stall shows in all that it held up. An answer is
 * good when its status is 200, its body is complete and, if asked for, has exactly --bytes bytes, or is a stream
 * of server-sent events with the content of exactly --events of the mock's (their stamps are counted), usage and
 * [DONE], in exactly --deltas non-empty content deltas: a gateway may not merge events unless this is left out.
 * Lines that the strict reader of the Azure SDK would refuse (anything but an empty one or "data: ...") make a
 * stream bad too.
 *
 * Prints one JSON object: counts, seconds, CPU seconds of its own, and quantiles in milliseconds of the whole
 * answer, of the first byte, and of the events' delays (by the stamps that the mock writes into them).
 *
 * One thread, epoll, libc only.
 */
#define _GNU_SOURCE
#include "delays.h"
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

/* After the last request is due, how long answers may still take. */
#define GRACE (20 * SECOND)

enum State { HEAD, BODY_COUNTED, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILER, IDLE };

struct Link {
  int fd;
  enum State state;
  size_t sent;             /* of the request */
  struct Bytes head, line; /* an unfinished head; an unfinished line (of chunk framing) */
  struct Bytes event_line; /* an unfinished line of the stream */
  uint64_t starts;         /* not before this */
  uint64_t asked, first;   /* when the request was sent (or due), when the first byte of its answer came */
  size_t left;             /* of the body, or of the chunk */
  size_t bytes;            /* of the body so far */
  int status;
  bool stream, last, usage, done, strange;
  long events, deltas;
};

static struct {
  int port, connections;
  const char *path;
  double seconds, rate;
  long requests, bytes, events, deltas;
  uint64_t ramp;
} options = {.connections = 32, .requests = -1, .bytes = -1, .events = -1, .deltas = -1};

static struct { long started, good, failed, incomplete, events; int last_status; } totals;

static struct Delays whole_delays, first_delays, event_delays;

static struct Bytes request;
static struct Link *links;
static int epoll_fd, timer_fd, in_flight;
static uint64_t begin, end;

/* ---- connections ---- */

static void watch(struct Link *l, int operation, bool writing) {
  struct epoll_event e = {.events = EPOLLIN | (writing ? EPOLLOUT : 0u), .data.ptr = l};
  epoll_ctl(epoll_fd, operation, l->fd, &e);
}

static bool open_link(struct Link *l) {
  int yes = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  l->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&address, sizeof address)) {
    if (l->fd >= 0) close(l->fd);
    l->fd = -1;
    return false;
  }
  setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  watch(l, EPOLL_CTL_ADD, false);
  return true;
}

static void close_link(struct Link *l) {
  close(l->fd);
  l->fd = -1;
}

/* When the next request of an open loop is due. */
static uint64_t next_due(void) { return begin + (uint64_t)((double)totals.started * 1e9 / options.rate); }

static bool more_wanted(uint64_t now) {
  if (options.rate > 0) return next_due() < end;
  return options.requests >= 0 ? totals.started < options.requests : now < end;
}

static void send_request(struct Link *l) {
  while (l->sent < request.length) {
    ssize_t n = send(l->fd, request.at + l->sent, request.length - l->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) watch(l, EPOLL_CTL_MOD, true);
    if (n < 0) return; /* a broken connection shows when it is read */
    l->sent += (size_t)n;
  }
}

/* Begin the next request; where the gateway refuses connections, this link ends. */
static void ask(struct Link *l) {
  l->asked = options.rate > 0 ? next_due() : now_ns();
  totals.started++;
  if (l->fd < 0 && !open_link(l)) {
    totals.failed++;
    return;
  }
  l->state = HEAD;
  l->sent = l->bytes = 0;
  l->head.length = l->line.length = l->event_line.length = 0;
  l->first = 0;
  l->stream = l->last = l->usage = l->done = l->strange = false;
  l->events = l->deltas = 0;
  in_flight++;
  send_request(l);
}

static bool as_expected(const struct Link *l) {
  if (options.bytes >= 0 && l->bytes != (size_t)options.bytes) return false;
  if (options.events < 0) return true;
  if (options.deltas >= 0 && l->deltas != options.deltas) return false;
  return l->stream && l->events == options.events && l->usage && l->done && !l->strange && !l->event_line.length;
}

/* The answer has ended, `whole` or cut short. */
static void finish(struct Link *l, bool whole) {
  uint64_t now = now_ns();
  bool ok = whole && l->status == 200;
  in_flight--;
  l->state = IDLE;
  if (!ok) {
    totals.failed++;
    totals.last_status = l->status;
  } else if (!as_expected(l)) {
    totals.incomplete++;
  } else {
    totals.good++;
    totals.events += l->events;
    note(&whole_delays, l->asked, now);
    note(&first_delays, l->asked, l->first);
  }
  if (!ok || l->last) close_link(l);
  if (options.rate <= 0 && more_wanted(now)) ask(l);
}

/* ---- server-sent events ---- */

/* Each stamp in a delta's text is one of the mock's events. */
static void read_stamps(struct Link *l, const char *text, const char *text_end, uint64_t now) {
  const size_t mark = sizeof STAMP_MARK - 1;
  while (text_end && (text = memmem(text, (size_t)(text_end - text), STAMP_MARK, mark))) {
    text += mark;
    if (text_end - text < STAMP_DIGITS) return;
    uint64_t written = stamp_read(text);
    if (!written) continue;
    l->events++;
    note(&event_delays, written, now);
  }
}

static void read_event_line(struct Link *l, const char *line, size_t length, uint64_t now) {
  static const char content[] = "\"content\":\"", usage[] = "\"usage\":{", done[] = "data: [DONE]";
  if (!length) return;
  if (length < 6 || memcmp(line, "data: ", 6) || line[length - 1] == '\r') { l->strange = true; return; }
  if (length == sizeof done - 1 && !memcmp(line, done, length)) { l->done = true; return; }
  const char *text = memmem(line, length, content, sizeof content - 1), *line_end = line + length;
  if (text && text[sizeof content - 1] != '"') {
    text += sizeof content - 1;
    l->deltas++;
    read_stamps(l, text, memchr(text, '"', (size_t)(line_end - text)), now);
    return;
  }
  if (memmem(line, length, usage, sizeof usage - 1)) l->usage = true;
}

static void read_events(struct Link *l, const char *data, size_t length, uint64_t now) {
  const char *stop = data + length, *newline;
  while ((newline = memchr(data, '\n', (size_t)(stop - data)))) {
    if (l->event_line.length) {
      bytes_add(&l->event_line, data, (size_t)(newline - data));
      read_event_line(l, l->event_line.at, l->event_line.length, now);
      l->event_line.length = 0;
    } else {
      read_event_line(l, data, (size_t)(newline - data), now);
    }
    data = newline + 1;
  }
  if (data < stop) bytes_add(&l->event_line, data, (size_t)(stop - data));
}

/* ---- answers ---- */

static void read_body(struct Link *l, const char *data, size_t length, uint64_t now) {
  l->bytes += length;
  if (l->stream) read_events(l, data, length, now);
}

/* Take up to `length` bytes of the counted body or chunk; say how many. */
static size_t take(struct Link *l, const char *data, size_t length, uint64_t now) {
  size_t taken = length < l->left ? length : l->left;
  read_body(l, data, taken, now);
  l->left -= taken;
  return taken;
}

/* The head is complete: what kind of body follows? False where this driver can't tell its end. */
static bool read_head(struct Link *l) {
  const char *head = l->head.at, *stop = head + l->head.length, *value;
  l->status = l->head.length > 12 ? atoi(head + 9) : 0;
  if ((value = header_value(head, stop, "connection:")) && !strncasecmp(value, "close", 5)) l->last = true;
  if ((value = header_value(head, stop, "content-type:"))) l->stream = !strncasecmp(value, "text/event-stream", 17);
  l->head.length = 0;
  if (header_value(head, stop, "transfer-encoding:")) {
    l->state = CHUNK_SIZE;
    return true;
  }
  if (!(value = header_value(head, stop, "content-length:"))) return false;
  l->left = strtoul(value, NULL, 10);
  l->state = BODY_COUNTED;
  return true;
}

static size_t take_head(struct Link *l, const char *data, size_t length) {
  size_t before = l->head.length;
  bytes_add(&l->head, data, length);
  char *blank = memmem(l->head.at, l->head.length, "\r\n\r\n", 4);
  if (!blank) return length;
  size_t used = (size_t)(blank - l->head.at) + 4 - before;
  l->head.length = before + used;
  if (!read_head(l)) finish(l, false);
  else if (l->state == BODY_COUNTED && !l->left) finish(l, true);
  return used;
}

/* One line of chunk framing, kept until it is complete. */
static size_t take_line(struct Link *l, const char *data, size_t length) {
  const char *newline = memchr(data, '\n', length);
  size_t used = newline ? (size_t)(newline - data) + 1 : length;
  bytes_add(&l->line, data, used);
  if (!newline) return used;
  bytes_add(&l->line, "", 1);
  if (l->state == CHUNK_SIZE) {
    l->left = strtoul(l->line.at, NULL, 16);
    l->state = l->left ? CHUNK : TRAILER;
  } else if (l->state == CHUNK_END) {
    l->state = CHUNK_SIZE;
  } else if (l->line.at[0] == '\r' || l->line.at[0] == '\n') {
    l->line.length = 0;
    finish(l, true);
    return used;
  }
  l->line.length = 0;
  return used;
}

/* Read what one recv() brought. finish() may begin the next request on the link, which no byte answers yet. */
static void on_bytes(struct Link *l, const char *data, size_t length) {
  uint64_t now = now_ns();
  if (!l->first) l->first = now;
  while (length && l->fd >= 0 && l->state != IDLE) {
    size_t used;
    switch (l->state) {
      case HEAD: used = take_head(l, data, length); break;
      case BODY_COUNTED:
        used = take(l, data, length, now);
        if (!l->left) finish(l, true);
        break;
      case CHUNK:
        used = take(l, data, length, now);
        if (!l->left) l->state = CHUNK_END;
        break;
      default: used = take_line(l, data, length);
    }
    data += used;
    length -= used;
  }
}

static void on_readable(struct Link *l) {
  static char buffer[256 * 1024];
  ssize_t n = recv(l->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n > 0) on_bytes(l, buffer, (size_t)n);
  else if (l->state == IDLE) close_link(l);
  else finish(l, false);
}

/* ---- the run ---- */

/* Links that have not begun yet do so at their time; milliseconds until the next one does. */
static int begin_due(uint64_t now) {
  int sleep = 100;
  for (int i = 0; i < options.connections; i++) {
    struct Link *l = &links[i];
    if (!l->starts) continue;
    if (l->starts <= now && more_wanted(now)) {
      l->starts = 0;
      ask(l);
    } else if (l->starts > now && (int)((l->starts - now) / MILLISECOND) < sleep) {
      sleep = (int)((l->starts - now) / MILLISECOND);
    }
  }
  return sleep;
}

/* Ask what is due by now while there are idle connections; wake to the nanosecond for what is due next. */
static void ask_due(uint64_t now) {
  for (int i = 0; i < options.connections && more_wanted(now) && next_due() <= now; i++)
    if (links[i].state == IDLE) ask(&links[i]);
  uint64_t due = more_wanted(now) ? next_due() : 0;
  if (due <= now) due = 0; /* no connection is idle: the next answer wakes us */
  struct itimerspec when = {.it_value = {.tv_sec = (time_t)(due / SECOND), .tv_nsec = (long)(due % SECOND)}};
  timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static bool all_asked(uint64_t now) { return options.rate > 0 ? !more_wanted(now) : now - begin > options.ramp; }

static void run(void) {
  uint64_t hard_end = end + GRACE;
  bool all_begun = false;
  for (;;) {
    struct epoll_event events[256];
    uint64_t now = now_ns(), expirations;
    int sleep = 100;
    if (options.rate > 0) ask_due(now);
    else if (!all_begun) sleep = begin_due(now);
    all_begun = all_begun || all_asked(now);
    if ((all_begun && !in_flight) || now > hard_end) return;
    int n = epoll_wait(epoll_fd, events, 256, sleep);
    for (int i = 0; i < n; i++) {
      struct Link *l = events[i].data.ptr;
      if (!l) { /* the timer */
        if (read(timer_fd, &expirations, sizeof expirations) < 0 && errno != EAGAIN) fail("timerfd");
        continue;
      }
      if (l->fd >= 0 && events[i].events & EPOLLOUT) {
        watch(l, EPOLL_CTL_MOD, false);
        send_request(l);
      }
      if (l->fd >= 0 && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_readable(l);
    }
  }
}

static void build_request(const char *body_file, const struct Bytes *headers) {
  struct Bytes body = {0};
  FILE *file = fopen(body_file, "rb");
  size_t n;
  if (!file) fail(body_file);
  while ((n = fread(bytes_room(&body, 65536), 1, 65536, file))) body.length += n;
  fclose(file);
  char head[512];
  snprintf(head, sizeof head, "POST %.256s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: bench\r\nAccept: */*\r\n"
           "Content-Type: application/json\r\nContent-Length: %zu\r\n", options.path, options.port, body.length);
  bytes_add_text(&request, head);
  bytes_add(&request, headers->at, headers->length);
  bytes_add_text(&request, "\r\n");
  bytes_add(&request, body.at, body.length);
  free(body.at);
}

static void read_options(int count, char **words) {
  const char *body_file = "/dev/null";
  struct Bytes headers = {0};
  for (int i = 1; i + 1 < count; i += 2) {
    const char *name = words[i], *value = words[i + 1];
    if (!strcmp(name, "--port")) options.port = atoi(value);
    else if (!strcmp(name, "--path")) options.path = value;
    else if (!strcmp(name, "--body")) body_file = value;
    else if (!strcmp(name, "--header")) { bytes_add_text(&headers, value); bytes_add_text(&headers, "\r\n"); }
    else if (!strcmp(name, "--connections")) options.connections = atoi(value);
    else if (!strcmp(name, "--seconds")) options.seconds = atof(value);
    else if (!strcmp(name, "--rate")) options.rate = atof(value);
    else if (!strcmp(name, "--requests")) options.requests = atol(value);
    else if (!strcmp(name, "--ramp")) options.ramp = (uint64_t)(atof(value) * (double)MILLISECOND);
    else if (!strcmp(name, "--bytes")) options.bytes = atol(value);
    else if (!strcmp(name, "--events")) options.events = atol(value);
    else if (!strcmp(name, "--deltas")) options.deltas = atol(value);
    else { fprintf(stderr, "load: unknown option %s\n", name); exit(2); }
  }
  if (!options.path || !options.port || count % 2 == 0) { fprintf(stderr, "load: see the top of load.c\n"); exit(2); }
  build_request(body_file, &headers);
}

int main(int count, char **words) {
  signal(SIGPIPE, SIG_IGN);
  read_options(count, words);
  epoll_fd = epoll_create1(0);
  timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event timer = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer_fd, &timer);
  links = calloc((size_t)options.connections, sizeof *links);
  if (!links) fail("calloc");
  begin = now_ns();
  end = begin + (options.requests >= 0 ? 600 * SECOND : (uint64_t)(options.seconds * 1e9));
  for (int i = 0; i < options.connections; i++) {
    links[i].fd = -1;
    links[i].state = IDLE;
    links[i].starts = options.rate > 0 ? 0 : begin + options.ramp * (uint64_t)i / (uint64_t)options.connections;
  }
  run();
  long never_asked = 0; /* for want of an idle connection */
  if (options.rate > 0) for (; more_wanted(end); totals.started++) never_asked++;
  struct timespec cpu;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  printf("{\"good\":%ld,\"failed\":%ld,\"incomplete\":%ld,\"last_status\":%d,\"unfinished\":%ld,\"events\":%ld,\"seconds\":%.4f,\"cpu_seconds\":%.4f",
         totals.good, totals.failed, totals.incomplete, totals.last_status, in_flight + never_asked, totals.events,
         (double)(now_ns() - begin) / 1e9, (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9);
  print_delays("whole", &whole_delays);
  print_delays("first", &first_delays);
  print_delays("event", &event_delays);
  printf("}\n");
  return 0;
}
