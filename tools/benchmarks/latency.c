// How long after a guest's drawing its window shows it: reads the dots that frames.elf prints
// before it draws (part=flash), and looks at the pixel in the middle of the window until it
// changes.
//
//   minivmm ... | latency      ends with: latency: median=N p90=N worst=N count=N (microseconds)

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { kMostSamples = 10000, kPatience = 1000 * 1000 };

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

typedef struct {
  int x, y;
} Point;

// The middle of the largest window; 0, 0 without one.
static Point find_middle(Display* display) {
  Window root, parent, *children = NULL;
  unsigned count = 0;
  Point middle = {0, 0};
  int largest = 0;
  XQueryTree(display, DefaultRootWindow(display), &root, &parent, &children, &count);
  for (unsigned i = 0; i < count; ++i) {
    XWindowAttributes window;
    if (!XGetWindowAttributes(display, children[i], &window) || window.map_state != IsViewable)
      continue;
    if (window.width * window.height <= largest) continue;
    largest = window.width * window.height;
    middle = (Point){window.x + window.width / 2, window.y + window.height / 2};
  }
  if (children != NULL) XFree(children);
  return middle;
}

static unsigned long pixel_at(Display* display, Point point) {
  XImage* image =
      XGetImage(display, DefaultRootWindow(display), point.x, point.y, 1, 1, AllPlanes, ZPixmap);
  if (image == NULL) return 0;
  const unsigned long pixel = XGetPixel(image, 0, 0);
  XDestroyImage(image);
  return pixel;
}

static int compare(const void* left, const void* right) {
  const long a = *(const long*)left, b = *(const long*)right;
  return (a > b) - (a < b);
}

static int dot_is_there(void) {
  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) == 1;
}

int main(void) {
  static long samples[kMostSamples];
  int count = 0, missed = 0;
  Display* display = XOpenDisplay(NULL);
  if (display == NULL) {
    fputs("latency: no X server\n", stderr);
    return 1;
  }
  char byte;
  while (count < kMostSamples) {
    // A dot that was there before anybody waited for it says nothing of when it was drawn.
    while (dot_is_there() && read(STDIN_FILENO, &byte, 1) == 1) {
    }
    const Point middle = find_middle(display);
    unsigned long before;
    do {
      before = pixel_at(display, middle);
    } while (!dot_is_there());
    if (read(STDIN_FILENO, &byte, 1) != 1) break;
    // The window opens beside the guest's start: what was drawn before it had nowhere to go.
    if (byte != '.' || (middle.x == 0 && middle.y == 0) || before == 0) continue;
    const long drawn = now();
    while (pixel_at(display, middle) == before && now() - drawn < kPatience) {
    }
    if (now() - drawn < kPatience)
      samples[count++] = now() - drawn;
    else
      ++missed;
  }
  if (count == 0) {
    fputs("latency: nothing was shown\n", stderr);
    return 1;
  }
  qsort(samples, count, sizeof samples[0], compare);
  printf("latency: median=%ld p90=%ld worst=%ld count=%d missed=%d\n", samples[count / 2],
         samples[count * 9 / 10], samples[count - 1], count, missed);
  return 0;
}
